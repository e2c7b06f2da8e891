/** The rules of what a node can hold, as programs give it: quantities as text, or plain numbers. */
import { most32, must, options, type Rule } from "../errors/index.ts";
import { quantityFault, quantityToNumber } from "../resources/index.ts";

/** More of anything is a mistake of units: 1E, which is 10^18. */
const most = 1e18;

function isUpTo(limit: number, value: unknown): boolean {
  if (typeof value !== "number" && typeof value !== "string") return false;
  if (quantityFault(String(value)) !== undefined) return false;
  const amount = quantityToNumber(String(value));
  return amount >= 0 && amount <= limit;
}

function isWhole(value: unknown): boolean {
  return Number.isInteger(quantityToNumber(String(value)));
}

const amount: Rule = must("a quantity from 0 to 1E, such as 4, '500m' or '8Gi'", value =>
  isUpTo(most, value),
);
const podCount = must(`a whole number from 0 to ${most32}`, value => isUpTo(most32, value) && isWhole(value));
/** Of extended resources, such as example.com/gpu: they have the domain of what made them in their names. */
const wholeAmount = must("a whole number from 0 to 1E", value => isUpTo(most, value) && isWhole(value));

export const capacity: Rule = options({ cpu: amount, memory: amount, pods: podCount }, name =>
  name.includes("/") ? wholeAmount : undefined,
);
