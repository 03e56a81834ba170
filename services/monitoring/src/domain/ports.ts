import type { NetworkStats, ServiceHealth, ServiceName } from '@deai/protocol';

export type ServiceStatus = ServiceHealth['status'];

/** The history of the network's statistics. */
export interface SampleStore {
  /** Keeps one sample an interval: a second one in the same interval is left out. */
  addSample(stats: NetworkStats, intervalMs: number): Promise<void>;
  /** The newest sample. */
  lastSample(): Promise<NetworkStats | undefined>;
  /** Samples of the last `minutes`, oldest first; of those in one bin of `binMs`, the newest. */
  history(minutes: number, binMs: number): Promise<NetworkStats[]>;
}

/** What happened to the services. */
export interface IncidentStore {
  /** Records that a service is in another state than the last one recorded, or does nothing. True when it was recorded. */
  recordChange(service: ServiceName, to: ServiceStatus, detail: string | undefined): Promise<boolean>;
}

export interface RetentionStore {
  /** Deletes what is older; returns the number of rows. */
  deleteOlder(days: { sampleDays: number; incidentDays: number }): Promise<number>;
}

export interface MonitoringStore extends SampleStore, IncidentStore, RetentionStore {}
