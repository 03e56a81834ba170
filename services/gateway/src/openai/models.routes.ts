import { OpenAiModel, OpenAiModelList } from '@deai/protocol';
import Type, { type Static } from 'typebox';
import { type RouteDefinition, route } from '../http/route.ts';
import type { ModelOffers } from './model-offers.ts';
import { modelNotFound } from './openai-error.ts';

const READ = { tag: 'openai', access: { scope: 'tasks:read' } } as const;
const ModelParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });

/** Registration times of models are not known, and OpenAI's shape wants a number. */
const modelOf = (id: string): Static<typeof OpenAiModel> => ({ id, object: 'model', created: 0, owned_by: 'deai' });

/** `GET /v1/models`: models that some registered node offers. */
export function modelRoutes(offers: ModelOffers): RouteDefinition[] {
  const names = async () => [...new Set((await offers.get()).map(({ model }) => model))].sort();
  return [
    route(
      'GET',
      '/models',
      { ...READ, operationId: 'listModels', summary: 'Models on offer', gives: { status: 200, schema: OpenAiModelList } },
      async () => ({ object: 'list' as const, data: (await names()).map(modelOf) }),
    ),
    route(
      'GET',
      '/models/:id',
      {
        ...READ,
        operationId: 'getModel',
        summary: 'A model on offer',
        takes: { params: ModelParams },
        gives: { status: 200, schema: OpenAiModel },
        errors: ['NOT_FOUND'],
      },
      async ({ params: { id } }) => {
        if (!(await names()).includes(id)) throw modelNotFound(id);
        return modelOf(id);
      },
    ),
  ];
}
