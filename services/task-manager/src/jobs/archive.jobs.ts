import { createJob, type Job } from '@deai/service-kit';
import type { Engine } from '../flows/engine.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Runs are short and soon follow one another while there is work; without work one is a few look-ups in small tables. */
const EVERY_MS = 5_000;

/** Archival and retention, as far as they are configured. */
export function createArchiveJobs({ archive, config, logger, metrics, now }: Engine): Job[] {
  const afterMs = config.DEAI_TASKS_ARCHIVE_AFTER_HOURS * HOUR_MS;
  const keptMs = config.DEAI_TASKS_RETENTION_DAYS * DAY_MS;
  let toldMs = 0;

  async function archiveOld(): Promise<void> {
    const report = await archive.archive(now() - afterMs);
    if (!report) return;
    metrics.archived.inc(report.tasks);
    metrics.archivedBytes.inc(report.bytes);
    metrics.archivedPartitions.inc(report.partitions.length);
    if (report.partitions.length > 0) logger.info({ partitions: report.partitions }, 'partitions archived');
    if (report.open.length > 0 && now() - toldMs > HOUR_MS) {
      toldMs = now();
      logger.warn({ partitions: report.open }, 'old partitions are kept: tasks in them are still open');
    }
  }
  async function removeOld(): Promise<void> {
    const removed = await archive.remove(now() - keptMs);
    if (!removed) return;
    metrics.archiveChunksRemoved.inc(removed);
    logger.info({ chunks: removed }, 'archived tasks deleted by age');
  }
  return [
    ...(afterMs > 0 ? [createJob('archive', EVERY_MS, archiveOld, logger)] : []),
    ...(keptMs > 0 ? [createJob('retention', EVERY_MS, removeOld, logger)] : []),
  ];
}
