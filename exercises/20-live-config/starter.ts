/** Tells prices, by a file that is mounted from a ConfigMap. */
import { readFileSync } from "node:fs";
import type { WorkerContext } from "k4s";

type Prices = Record<string, number>;

export default async function prices({ inbox }: WorkerContext): Promise<void> {
  // TODO 1: this is read once. When the ConfigMap changes, nobody looks.
  // TODO 2: what if it is no JSON?
  // TODO 3: what if there is no such file yet?
  const prices: Prices = JSON.parse(readFileSync("/etc/shop/prices.json", "utf8"));
  for await (const message of inbox) {
    const { item } = message.body as { item: string };
    message.reply({ price: prices[item] });
  }
}
