import type { WorkerContext } from "k4s";

interface Order {
  id: string;
  amount: number;
  item: string;
}

/** Charges each order and ships it, once. */
export async function cashier({ inbox, api }: WorkerContext) {
  // TODO 1: this memory is empty after a crash. Give what you ask of the bank a key instead.
  const seen = new Set<string>();

  for await (const message of inbox) {
    const order = message.body as Order;
    // TODO 3: what about an order whose amount is no number above 0?
    if (!(order.amount > 0)) throw new Error(`not an amount: ${order.amount}`);

    if (!seen.has(order.id)) {
      seen.add(order.id);
      await api.request("bank", { entry: order.amount });
      // TODO 2: if the cashier dies here, the order is charged and not shipped.
      await api.request("depot", { entry: order.item });
    }
    message.reply(`${order.item} is on its way`);
  }
}
