/**
 * Collects readings and hands them on in batches: one message to the next service for every `size` readings, and what is
 * left over when it is told to stop. So that it knows it is told to stop, it reads its inbox to the end.
 */
import type { WorkerContext } from "k4s";

interface Reading {
  sensor: string;
  value: number;
}

export async function aggregator({
  inbox,
  parameters,
  api,
  log,
}: WorkerContext<{ size: number; next: string }>): Promise<void> {
  let batch: Reading[] = [];
  const handOn = async () => {
    if (batch.length === 0) return;
    const sum = batch.reduce((total, { value }) => total + value, 0);
    await api.send(parameters.next, { count: batch.length, sum });
    log.info(`handed on ${batch.length} readings`);
    batch = [];
  };
  for await (const message of inbox) {
    batch.push(message.body as Reading);
    if (batch.length >= parameters.size) await handOn();
  }
  await handOn();
}

/** Keeps the totals of all batches, and tells them when asked. */
export async function totals({ inbox }: WorkerContext): Promise<void> {
  const total = { batches: 0, count: 0, sum: 0 };
  for await (const message of inbox) {
    if (message.expectsReply) {
      message.reply(total);
      continue;
    }
    const { count, sum } = message.body as { count: number; sum: number };
    total.batches += 1;
    total.count += count;
    total.sum += sum;
  }
}
