/** What workers of a node that has joined ask of the cluster besides messages. */
import { ApiError } from "../../errors/index.ts";
import type { ResourceCalls } from "../../network/index.ts";

export const callsFarAway: ResourceCalls = {
  call: (_who, name) => Promise.reject(notThere(name)),
  // biome-ignore lint/correctness/useYield: it fails before anything is told
  async *subscribe(_who, name) {
    throw notThere(name);
  },
};

function notThere(name: string): ApiError {
  const how = "ask the API server over HTTP, with the token of the pod";
  return new ApiError(
    "MethodNotAllowed",
    `${name} cannot be called on a node of another process yet: ${how}`,
  );
}
