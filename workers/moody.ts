/** A worker with a bad temper: it does what the message tells it, however unhealthy. For the demo of self-healing. */
import type { WorkerContext } from "k4s";

export async function moody({ inbox, self }: WorkerContext): Promise<void> {
  for await (const message of inbox) {
    switch (message.body) {
      case "throw":
        throw new Error("I have had enough");
      case "exit":
        process.exit(7);
        break;
      case "spin":
        for (;;);
      case "eat": {
        const eaten: number[][] = [];
        for (;;) eaten.push(Array.from({ length: 10_000 }, (_, i) => i));
      }
      default:
        message.reply({ mood: "fine", pod: self.pod, restarts: self.restarts });
    }
  }
}
