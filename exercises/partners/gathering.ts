/**
 * A place where people wait for each other: whoever arrives is let in when `parameters.people` are there together. After
 * `parameters.patienceMs` it waits no longer, and lets everybody in. `{ most: true }` tells how many were there at once.
 */
import type { Message, WorkerContext } from "k4s";

export async function gathering({
  inbox,
  parameters,
}: WorkerContext<{ people: number; patienceMs: number }>) {
  let isOpen = false;
  let most = 0;
  const waiting: Message[] = [];
  const letIn = () => {
    for (const message of waiting.splice(0)) message.reply();
  };
  for await (const message of inbox) {
    if ((message.body as { most?: true }).most) {
      message.reply(most);
      continue;
    }
    waiting.push(message);
    most = Math.max(most, waiting.length);
    if (isOpen || waiting.length === parameters.people) letIn();
    else if (waiting.length === 1) {
      setTimeout(() => {
        isOpen = waiting.length > 0;
        letIn();
      }, parameters.patienceMs);
    }
  }
}
