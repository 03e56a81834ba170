import type { Topic } from './wire/client-frames.ts';

/** On a task that is another one's retry, the label that names the other: `GET /api/v1/tasks?label=retry_of=ID` lists the retries of a task. */
export const RETRY_LABEL = 'retry_of';

/** Topics for everybody, with or without an account: what they tell is public over HTTP too. */
const PUBLIC_TOPICS: readonly Topic['topic'][] = ['network', 'settlement'];
export const isPublicTopic = ({ topic }: Topic): boolean => PUBLIC_TOPICS.includes(topic);

/** What is signed to link an account. */
export function accountLinkText(networkId: string, userId: string, accountId: string): string {
  return `deai-link:v1\n${networkId}\n${userId}\n${accountId}`;
}
