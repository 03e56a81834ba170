import type { Bus } from '@deai/bus';
import { type CommandOutput, type KindInfo, kindSpec, type PriceList, TASK_KINDS, type TaskKind } from '@deai/protocol';

type Offers = CommandOutput<'nodes.models'>['items'];

/** Every kind of work: its schemas, the models on offer, and the prices. */
export async function loadKindInfos(bus: Bus, offers: () => Promise<Offers>): Promise<KindInfo[]> {
  const [models, prices] = await Promise.all([offers(), bus.request('rewards.prices', {})]);
  return TASK_KINDS.map((kind) => kindInfo(kind, models, prices));
}

function kindInfo(kind: TaskKind, offers: Offers, { prices }: PriceList): KindInfo {
  const spec = kindSpec(kind);
  return {
    kind,
    title: spec.title,
    unit: spec.unit,
    defaultModel: spec.defaultModel,
    models: offers.filter((offer) => offer.kind === kind).map(({ model, online }) => ({ model, online })),
    yoctoPerUnit: Object.fromEntries(prices.filter((p) => p.kind === kind).map((p) => [p.model, p.yoctoPerUnit])),
    inputSchema: spec.input,
    outputSchema: spec.output,
  };
}
