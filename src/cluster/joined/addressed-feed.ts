/** The pods of a node that has joined come to its agent when the cluster has given it a range of addresses for them. */
import type { PodAddresses, PodFeed } from "../../node/index.ts";
import type { RemoteRegistry } from "../../remote/index.ts";
import type { Node } from "../../resources/index.ts";

export function whenAddressed(
  feed: Pick<PodFeed, "listen">,
  { store }: RemoteRegistry,
  addresses: PodAddresses,
  onFault: (fault: unknown) => void,
): Pick<PodFeed, "listen"> {
  return {
    listen(name, listener) {
      let unlisten: (() => void) | undefined;
      const look = (node: Node | undefined) => {
        const range = node?.spec?.podCIDR;
        if (unlisten || !range) return;
        try {
          addresses.within(range);
          unlisten = feed.listen(name, listener);
        } catch (fault) {
          onFault(fault);
        }
      };
      const unwatch = store.watch({ kind: "Node" }, ({ object }) => look(object as Node));
      look(store.get("Node", "", name));
      return () => {
        unwatch();
        unlisten?.();
      };
    },
  };
}
