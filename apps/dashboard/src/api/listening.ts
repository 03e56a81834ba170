/** Whether the socket tells what happens; questions that it answers are then asked at long intervals only. */
let listening = false;

export const isListening = (): boolean => listening;

export function setListening(now: boolean): void {
  listening = now;
}
