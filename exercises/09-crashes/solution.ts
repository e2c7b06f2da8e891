import type { WorkerContext } from "k4s";

interface Order {
  id: string;
  amount: number;
  item: string;
}

/** Charges each order and ships it, once. */
export async function cashier({ inbox, api }: WorkerContext) {
  for await (const message of inbox) {
    try {
      message.reply(await handle(message.body as Order));
    } catch (error) {
      message.fail(error);
    }
  }

  async function handle(order: Order): Promise<string> {
    if (!(order.amount > 0)) throw new RangeError(`not an amount: ${order.amount}`);
    await api.request("bank", { key: order.id, entry: order.amount });
    await api.request("depot", { key: order.id, entry: order.item });
    return `${order.item} is on its way`;
  }
}
