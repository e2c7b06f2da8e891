/** The nodes of this process, as others ask them; and those far away behind them. */
import type { Node } from "../resources/index.ts";
import type { NodeAgent } from "./agent.ts";
import type { AskedNode, AskedNodes } from "./asked-node.ts";
import type { NodeDocuments } from "./node-documents.ts";

export class NodesHere implements AskedNodes {
  readonly #agents: ReadonlyMap<string, NodeAgent>;
  readonly #documents: Pick<NodeDocuments, "answer">;
  readonly #far: AskedNodes | undefined;

  /** @param far whom to ask for nodes that have no agent here */
  constructor(
    agents: ReadonlyMap<string, NodeAgent>,
    documents: Pick<NodeDocuments, "answer">,
    far?: AskedNodes,
  ) {
    this.#agents = agents;
    this.#documents = documents;
    this.#far = far;
  }

  get(name: string): AskedNode | undefined {
    return this.#agents.get(name) ?? this.#far?.get(name);
  }

  at(address: string): AskedNode | undefined {
    for (const agent of this.#agents.values()) if (agent.hasAddress(address)) return agent;
    return this.#far?.at(address);
  }

  asked(node: Node): ReturnType<AskedNodes["asked"]> {
    if (this.#agents.has(node.metadata.name)) return path => this.#documents.answer(node, path);
    return this.#far?.asked(node);
  }
}
