/**
 * How a thread comes to a pod that runs in another process (network/thread-requests.ts): the cluster has connected, and tells where the
 * connection is fetched and what is said there; or why it could not be made.
 */
export type ReachedPod =
  /** A port of the machine's 127.0.0.1; what is said there has the shape of two addresses. */
  | { readonly port: number; readonly pass: readonly [string, string] }
  | {
      /** As Node names it: ECONNREFUSED. */
      readonly failed: string;
    };

/**
 * Connects to a pod of another process for a pod of this one. Undefined: no pod that is known has that address. It never rejects.
 */
export type ReachPod = (
  address: string,
  port: number,
  from: { readonly address: string; readonly port: number },
) => Promise<ReachedPod | undefined>;
