import type { WorkerContext } from "k4s";

interface Sum {
  op: "add" | "multiply" | "average";
  numbers: number[];
}

interface Settings {
  precision?: number;
}

/** Adds, multiplies or averages; replies with the number. */
export async function calculator({ inbox, parameters }: WorkerContext<Settings>) {
  for await (const message of inbox) {
    message.reply(round(calculate(message.body as Sum), parameters.precision));
  }
}

// TODO 1: calculate what is asked for.
function calculate({ numbers }: Sum): number {
  return numbers.length;
}

// TODO 2: round to so many decimals, if a precision is given.
function round(value: number, _precision: number | undefined): number {
  return value;
}
