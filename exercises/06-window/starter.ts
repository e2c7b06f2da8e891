import type { WorkerContext } from "k4s";

interface Settings {
  size: number;
  maxMs: number;
  to: string;
}

/** Collects numbers and sends a summary of each window. */
export async function summarize({ inbox, api, parameters }: WorkerContext<Settings>) {
  let numbers: number[] = [];

  for await (const message of inbox) {
    numbers.push(message.body as number);
    // TODO 1: close the window only when it is full.
    // TODO 3: close it also when it has been open for parameters.maxMs.
    await close();
  }
  // TODO 2: here the inbox has ended. What is still in the window?

  async function close() {
    const window = numbers;
    numbers = [];
    await api.send(parameters.to, { count: window.length, sum: 0 });
  }
}
