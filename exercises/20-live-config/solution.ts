/** Tells prices, by a file that is mounted from a ConfigMap, and follows it when it changes. */
import { readFileSync, watch } from "node:fs";
import type { WorkerContext } from "k4s";

type Prices = Record<string, number>;

export default async function prices({ inbox, log }: WorkerContext): Promise<void> {
  let prices: Prices = {};
  const read = () => {
    try {
      prices = JSON.parse(readFileSync("/etc/shop/prices.json", "utf8"));
    } catch (error) {
      log.warn(`the prices stay as they are: ${error}`);
    }
  };
  // The folder, not the file: all of it is exchanged by one rename. Watched first, so that no change falls in between.
  const watcher = watch("/etc/shop", read);
  read();
  for await (const message of inbox) {
    const { item } = message.body as { item: string };
    message.reply({ price: prices[item] ?? null });
  }
  watcher.close();
}
