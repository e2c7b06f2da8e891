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

function calculate({ op, numbers }: Sum): number {
  const sum = numbers.reduce((a, b) => a + b, 0);
  switch (op) {
    case "add":
      return sum;
    case "multiply":
      return numbers.reduce((a, b) => a * b, 1);
    case "average":
      return sum / numbers.length;
  }
}

function round(value: number, precision: number | undefined): number {
  return precision === undefined ? value : Number(value.toFixed(precision));
}
