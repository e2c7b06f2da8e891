import { ApiError, type WorkerContext } from "k4s";

/** A controller as a worker: keeps a Container for each Greeting (a kind of one's own), which goes with it. */
export async function greetings({ api, stopping }: WorkerContext) {
  for await (const { type, object } of api.watch("Greeting", { signal: stopping })) {
    if (type !== "ADDED" && type !== "MODIFIED") continue;
    const { apiVersion, kind, metadata, spec } = object;
    const { name, uid } = metadata;
    const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
    try {
      await api.create({
        apiVersion: "k4s.dev/v1",
        kind: "Container",
        metadata: { name, ownerReferences: [owner] },
        spec: { module: spec.module },
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
  }
}
