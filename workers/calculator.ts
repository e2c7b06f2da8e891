/** Adds, multiplies or averages; replies with the number, or fails with an error that says what it would have liked. */
import type { WorkerContext } from "k4s";

interface Question {
  operation: "add" | "multiply" | "average";
  numbers: number[];
}

/** An error of the worker's own: its class, its name and its fields reach the sender. */
class NotANumber extends Error {
  override name = "NotANumber";
  readonly found: unknown;
  constructor(found: unknown) {
    super(`expected numbers, found ${JSON.stringify(found)}`);
    this.found = found;
  }
}

const operations: Record<Question["operation"], (numbers: number[]) => number> = {
  add: numbers => numbers.reduce((sum, number) => sum + number, 0),
  multiply: numbers => numbers.reduce((product, number) => product * number, 1),
  average: numbers => operations.add(numbers) / numbers.length,
};

export async function calculator({
  inbox,
  parameters,
}: WorkerContext<{ precision?: number }>): Promise<void> {
  for await (const message of inbox) {
    try {
      message.reply(compute(message.body as Question, parameters.precision));
    } catch (error) {
      message.fail(error);
    }
  }
}

function compute({ operation, numbers }: Question, precision = 6): number {
  const wrong = numbers.find(number => typeof number !== "number");
  if (wrong !== undefined) throw new NotANumber(wrong);
  const compute = operations[operation];
  if (!compute) throw new RangeError(`cannot "${operation}": use ${Object.keys(operations).join(", ")}`);
  return Number(compute(numbers).toFixed(precision));
}
