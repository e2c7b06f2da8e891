/** Lists the Secrets of its namespace as the service account of its pod, and prints how many there are, or what it was told. */
import type { WorkerContext } from "k4s";

export default async function lister({ api }: WorkerContext) {
  try {
    console.log(`found ${(await api.list("Secret", { namespace: "default" })).length} secrets`);
  } catch (error) {
    console.log((error as Error).message);
  }
}
