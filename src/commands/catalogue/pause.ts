/**
 * pause: does nothing until it is told to stop. Kubernetes keeps the network of a pod with it; examples use it as a
 * placeholder.
 */
import { type Invocation, print } from "../program.ts";

export async function pause({ args, stdout, stderr, signal }: Invocation): Promise<number> {
  if (args.includes("-v")) {
    await print(stdout, "pause.c 3.10\n");
    return 0;
  }
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await print(stderr, "Shutting down, got signal: Terminated\n");
  return 0;
}
