/**
 * A machine that works on a job until it is told to finish it. A request `{ job }` is answered when somebody says
 * `{ finish: job }` (or `{ finish: "all" }`, from then on). `{ status: true }` tells which jobs are held now, which came, in
 * order, and how many were held at once at most.
 */
import type { Message, WorkerContext } from "k4s";

interface Order {
  job?: unknown;
  finish?: unknown;
  status?: true;
}

export async function press({ inbox, self }: WorkerContext) {
  const held = new Map<unknown, Message>();
  const came: unknown[] = [];
  let most = 0;
  let isFinishingAll = false;

  const finish = (job: unknown) => {
    held.get(job)?.reply({ job, by: self.name });
    held.delete(job);
  };
  for await (const message of inbox) {
    const order = message.body as Order;
    if (order.status) message.reply({ held: [...held.keys()], came, most });
    else if (order.finish !== undefined) {
      isFinishingAll ||= order.finish === "all";
      for (const job of isFinishingAll ? [...held.keys()] : [order.finish]) finish(job);
      message.reply();
    } else {
      came.push(order.job);
      held.set(order.job, message);
      most = Math.max(most, held.size);
      if (isFinishingAll) finish(order.job);
    }
  }
}
