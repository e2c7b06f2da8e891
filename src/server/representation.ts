/**
 * In which form a client wants objects: whole, as a Table (what `kubectl get` prints), or only their metadata; as JSON or YAML.
 * The header Accept says so, in order of preference.
 */
import Negotiator from "negotiator";
import { ApiError } from "../errors/index.ts";

export interface Representation {
  readonly mediaType: "application/json" | "application/yaml";
  readonly as: "object" | "Table" | "PartialObjectMetadata";
  /** The version of meta.k8s.io, of what is no whole object. */
  readonly version: string;
}

const json: Representation = { mediaType: "application/json", as: "object", version: "v1" };

const offered: ReadonlyMap<string, Representation> = new Map([
  ["application/json", json],
  ["application/yaml", { ...json, mediaType: "application/yaml" }],
  ["application/json;stream=watch", json],
  ...["v1", "v1beta1"].flatMap(version => [
    [`application/json;as=Table;v=${version};g=meta.k8s.io`, { ...json, as: "Table", version }] as const,
    ...["PartialObjectMetadata", "PartialObjectMetadataList"].map(
      as =>
        [
          `application/json;as=${as};v=${version};g=meta.k8s.io`,
          { ...json, as: "PartialObjectMetadata", version },
        ] as const,
    ),
  ]),
]);

/**
 * Throws NotAcceptable where the client takes nothing that is there. Protobuf is never offered: a client that takes it takes
 * JSON too.
 */
export function representationFor(accept: string | undefined): Representation {
  if (accept === undefined || accept === "" || accept === "application/json") return json;
  // Which characters JSON is made of is no choice.
  const plain = accept.replaceAll(/;\s*(charset|pretty)=[^;,]*/gi, "");
  const [chosen] = new Negotiator({ headers: { accept: plain } }).mediaTypes([...offered.keys()]);
  const found = chosen === undefined ? undefined : offered.get(chosen);
  if (!found) throw new ApiError("NotAcceptable", notAcceptable);
  return found;
}

const notAcceptable =
  "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
