/**
 * Events of what NetworkPolicies deny: at the pod that tried, where one looks first, and at the policy that decided. The network tells each
 * pair of pods at most once a minute.
 */
import type { EventRecorder } from "../loop/index.ts";
import type { Denial } from "../network/index.ts";
import { componentWriter, type Store } from "../store/index.ts";

const writer = componentWriter("network-policy");

/** Returns what the network tells of denials. */
export function deniedEvents(
  events: Pick<EventRecorder, "record">,
  store: Pick<Store, "get" | "byUid">,
): (denial: Denial) => void {
  return ({ from, to, verdict, text }) => {
    const pod = from.pod ?? to.pod;
    const [namespace = "", name = ""] = verdict.policies[0]?.split("/") ?? [];
    for (const about of [pod && store.byUid(pod.uid), store.get("NetworkPolicy", namespace, name)])
      if (about) events.record(writer, about, "Warning", "ConnectionDenied", text);
  };
}
