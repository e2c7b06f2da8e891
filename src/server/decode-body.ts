/**
 * What the body of a request says: an object, a patch, or how to delete. Whatever cannot be read is refused in Kubernetes'
 * words, with the beginning of what came.
 */
import type { Caller, DeleteCallOptions, PatchType, Target, WriteOptions } from "../api/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import type { Draft, KindDefinition, KindVersion, Subresource } from "../resources/index.ts";
import {
  apiVersionOf,
  bodyKind,
  decoded,
  definitionSchema,
  invalidValue,
  isMap,
  jsonSyntaxFault,
  kindAt,
  parsedJson,
  schemaAt,
  yamlValue,
} from "../resources/index.ts";
import { invalid } from "../store/index.ts";
import type { Body } from "./body.ts";
import { boundedValue } from "./bounded-value.ts";
import { duplicateKeys } from "./duplicate-keys.ts";
import { decodeMessage, envelopeOf } from "./protobuf/index.ts";
import { deleteOptionsOf } from "./query.ts";

const jsonType = "application/json";
const yamlType = "application/yaml";
const protobufType = "application/vnd.kubernetes.protobuf";

/** The object that is to be written: of the target's kind, or of that of its subresource. Throws BadRequest. */
export function draftFrom(
  body: Body,
  { kind, version = kind.versions[0] }: Target,
  part?: Subresource,
): Draft {
  const at = { kind, version, part };
  const meant = kindAt(at);
  const expected = meant.kind;
  const apiVersion = apiVersionOf(meant);
  if (body.mediaType === protobufType) {
    const envelope = envelopeOf(body.bytes);
    const said = { kind: envelope.kind || expected, apiVersion: envelope.apiVersion || apiVersion };
    checkKind(said, expected);
    return { ...said, ...decodeMessage(schemaAt(at), envelope.raw) } as Draft;
  }
  const value = parsedBody(body, expected);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unrecognized(expected, body, "");
  // A body that does not say what it is, is what the path says.
  const given = { apiVersion, kind: expected, ...value } as Draft;
  checkKind(given, expected);
  return given;
}

/** Tells of keys that stand twice in JSON: refuses them where the client is strict, warns where it wants to be warned. */
export function checkDuplicates(
  { bytes, mediaType }: Body,
  { kind }: KindDefinition,
  { version }: KindVersion,
  { fieldValidation }: WriteOptions,
  { warn }: Pick<Caller, "warn">,
): void {
  if (mediaType !== jsonType || fieldValidation === "Ignore") return;
  tellDuplicates(bytes, { fieldValidation, warn }, problem => {
    const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
    return new ApiError("BadRequest", `${what}: ${problem}`);
  });
}

/** The same of a patch: of what is applied, which is YAML, they are no patch at all. */
export function checkPatchDuplicates(
  { bytes, mediaType }: Body,
  { fieldValidation }: WriteOptions,
  { warn }: Pick<Caller, "warn">,
): void {
  if (!mediaType.endsWith("json") || fieldValidation === "Ignore") return;
  tellDuplicates(bytes, { fieldValidation, warn }, problem => {
    const cause = invalidValue("patch", bytes.toString(), problem);
    return new ApiError("Invalid", ` "" is invalid: patch: ${cause.message}`, { causes: [cause] });
  });
}

function tellDuplicates(
  bytes: Buffer,
  { fieldValidation, warn }: WriteOptions & Pick<Caller, "warn">,
  refusal: (problem: string) => ApiError,
): void {
  const problems = duplicateKeys(bytes.toString()).map(key => `duplicate field ${JSON.stringify(key)}`);
  if (problems.length === 0) return;
  if (fieldValidation === "Strict") throw refusal(`strict decoding error: ${problems.join(", ")}`);
  for (const problem of problems) warn?.(problem);
}

/** Throws BadRequest for an object that is to take another one's place, and does not say which it is. */
export function checkName({ metadata }: Draft, { name = "" }: Target): void {
  // What is no map at all is refused by what reads the fields.
  if (metadata?.name || (metadata && !isMap(metadata))) return;
  const why = "name must be provided";
  throw new ApiError(
    "BadRequest",
    `the name of the object (${name} based on URL) was undeterminable: ${why}`,
  );
}

function checkKind({ kind, apiVersion }: { kind?: unknown; apiVersion?: unknown }, expected: string): void {
  if (kind === expected) return;
  const what = `${String(kind)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${expected}`;
  throw new ApiError("BadRequest", what);
}

/** Throws UnsupportedMediaType for what is no type of patch, BadRequest for what cannot be read. */
export function patchFrom(body: Body): { readonly patch: unknown; readonly type: PatchType } {
  const type = patchTypes.get(body.mediaType);
  if (type === undefined) {
    const accepted = [...patchTypes.keys()].join(", ");
    throw new ApiError(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  if (type === "apply") return { patch: appliedFrom(body), type };
  const text = body.bytes.toString();
  try {
    const patch = boundedValue(text, parsedJson);
    assertPatchShape(patch, type);
    return { patch, type };
  } catch (cause) {
    const problem = jsonSyntaxFault(text) ?? messageOf(cause);
    const message = type === "strategic" ? problem : `error decoding patch: ${problem}`;
    throw new ApiError("BadRequest", message, {}, { cause });
  }
}

/** A JSON patch is a list, the others are objects. Throws in the words of Go's decoder. */
function assertPatchShape(patch: unknown, type: PatchType): void {
  const wanted = type === "json" ? "array" : "object";
  const shape = Array.isArray(patch) ? "array" : typeof patch === "boolean" ? "bool" : typeof patch;
  if (patch === null || shape === wanted) return;
  const goType = type === "json" ? "[]handlers.jsonPatchOp" : "map[string]interface {}";
  throw new TypeError(`json: cannot unmarshal ${shape} into Go value of type ${goType}`);
}

const patchTypes: ReadonlyMap<string, PatchType> = new Map([
  ["application/json-patch+json", "json"],
  ["application/merge-patch+json", "merge"],
  ["application/strategic-merge-patch+json", "strategic"],
  ["application/apply-patch+yaml", "apply"],
] as const);

/** What is applied is YAML, of which JSON is a part. */
function appliedFrom({ bytes }: Body): unknown {
  try {
    return boundedValue(bytes.toString(), yamlValue);
  } catch (cause) {
    const text = messageOf(cause).split("\n", 1)[0] ?? "";
    throw new ApiError("BadRequest", `error decoding YAML: ${text}`, {}, { cause });
  }
}

/** The body of a deletion, which may be empty; what it leaves out the query may say. */
export function deleteOptionsFrom(body: Body, query: URLSearchParams): DeleteCallOptions {
  const asked = deleteOptionsOf(query);
  if (body.bytes.length === 0) return asked;
  const { gracePeriodSeconds, propagationPolicy, preconditions, orphanDependents, dryRun } = deletionIn(body);
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const rule = "orphanDependents and deletionPropagation cannot be both set";
    const options = { kind: "DeleteOptions", group: "meta.k8s.io" };
    throw invalid(options, "", invalidValue("propagationPolicy", propagationPolicy, rule));
  }
  const [dry] = dryRun ?? [];
  return {
    ...asked,
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(orphanDependents !== undefined && { propagationPolicy: orphanDependents ? "Orphan" : "Background" }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(preconditions !== undefined && { preconditions }),
    ...(dry !== undefined && { dryRun: dry as DeleteCallOptions["dryRun"] }),
  };
}

type DeletionBody = Omit<DeleteCallOptions, "dryRun"> & {
  readonly orphanDependents?: boolean;
  readonly dryRun?: readonly string[];
};

/** Throws BadRequest for what is no DeleteOptions. */
function deletionIn(body: Body): DeletionBody {
  if (body.mediaType === protobufType)
    return decodeMessage(definitionSchema("DeleteOptions"), envelopeOf(body.bytes).raw) as DeletionBody;
  const value = parsedBody(body, "DeleteOptions");
  const [version] = deletion.versions;
  return decoded(deletion, value ?? {}, { version, unknownFields: "drop" }).draft as DeletionBody;
}

const deletion = bodyKind("v1", "DeleteOptions", () => definitionSchema("DeleteOptions"));

function parsedBody(body: Body, expected: string): unknown {
  const text = body.bytes.toString();
  try {
    if (body.mediaType === yamlType || body.mediaType === "application/x-yaml")
      return boundedValue(text, yamlValue);
    if (body.mediaType === jsonType) return boundedValue(text, parsedJson);
  } catch (cause) {
    const fault = body.mediaType === jsonType ? jsonSyntaxFault(text) : undefined;
    throw unrecognized(expected, body, `json parse error: ${fault ?? messageOf(cause)} `);
  }
  throw new ApiError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${jsonType}, ${yamlType}, ${protobufType}`,
  );
}

function unrecognized(expected: string, { bytes }: Body, problem: string): ApiError {
  const beginning = JSON.stringify(bytes.subarray(0, 30).toString()).slice(1, -1);
  const what = `the object provided is unrecognized (must be of type ${expected})`;
  return new ApiError("BadRequest", `${what}: couldn't get version/kind; ${problem}(${beginning} ...)`);
}
