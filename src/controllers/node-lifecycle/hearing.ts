/**
 * When each node was heard last, by the clock of who listens. A node writes the time of its own machine into its lease and its status,
 * and clocks of two machines are never the same and may jump: that something else is written there now is the sign of life, as in Kubernetes.
 */
import { type Reader, type Waker, waker } from "../../loop/index.ts";
import { conditionOf, type Node, nodeLeaseNamespace } from "../../resources/index.ts";

interface Heard {
  readonly said: string;
  /** By `elapsed` of the reader. */
  readonly at: number;
}

export class Hearing {
  readonly #heard = new Map<string, Heard>();

  /** A lease is looked at whenever it is renewed; nobody has to do anything about that. */
  readonly leases: Waker = waker("Lease", ({ object: { metadata } }, reader) => {
    const node = metadata.namespace === nodeLeaseNamespace && reader.get("Node", "", metadata.name);
    if (node) this.heardAt(node, reader);
    return [];
  });

  /** One that is looked at for the first time was heard right now: what was silent before anybody could hear it is given its time. */
  heardAt(node: Node, reader: Reader): number {
    const { name, uid } = node.metadata;
    const beat = conditionOf(node, "Ready")?.lastHeartbeatTime;
    const renewed = reader.get("Lease", nodeLeaseNamespace, name)?.spec?.renewTime;
    const said = `${uid} ${beat} ${renewed}`;
    const before = this.#heard.get(name);
    if (before?.said === said) return before.at;
    const at = reader.elapsed();
    this.#heard.set(name, { said, at });
    return at;
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }
}
