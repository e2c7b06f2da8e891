/**
 * JSON patch (RFC 6902): a list of operations, all of which happen or none. Two habits are Kubernetes' own: `replace`
 * of a key that is not there adds it, and a list may be counted from its end (`-1` is the last). The work is done on a
 * copy of our own, so that ten thousand operations on a long list stay quick.
 */
import { ApiError } from "../../errors/index.ts";
import { isList, isMap, type Json, type JsonMap, valueAt } from "../json.ts";
import { isSame } from "../sameness.ts";
import { asJson, asJsonMap, describe, maxDepth, measure, sharing } from "./json.ts";

/** As in Kubernetes. */
const maxOperations = 10_000;
/** How much text `copy` may add in one patch: copies of copies double, and forty of them would fill any memory. */
const maxCopied = 3 * 1024 * 1024;

type Operation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "copy" | "move"; readonly path: string; readonly from: string };

type Working = null | boolean | number | string | Working[] | WorkingMap;
interface WorkingMap {
  [key: string]: Working;
}

/**
 * The object with all operations applied in order; the very same object where that changes nothing.
 * @throws ApiError BadRequest for what is no list of operations, Invalid for an operation that cannot be done (a `test`
 * that fails is one), RequestEntityTooLarge for more than 10,000 of them or copies of more than 3 MiB.
 */
export function applyJsonPatch(object: JsonMap, patch: unknown): JsonMap {
  const operations = asJson(patch, "a JSON patch");
  if (!isList(operations)) {
    throw new ApiError(
      "BadRequest",
      `a JSON patch must be a list of operations, not ${describe(operations)}`,
    );
  }
  if (operations.length > maxOperations) {
    const message = `a JSON patch may have ${maxOperations} operations, this one has ${operations.length}`;
    throw new ApiError("RequestEntityTooLarge", message);
  }
  const document = new WorkingCopy(object);
  for (const [i, operation] of operations.entries()) {
    const problem = document.carryOut(operationFrom(operation, i));
    if (problem !== undefined) throw refused(operation, i, problem);
  }
  return sharing(object, asJsonMap(document.root, "the result of the JSON patch"));
}

function operationFrom(value: Json, index: number): Operation {
  const bad = (problem: string) => refused(value, index, problem);
  if (!isMap(value)) {
    const message = `operation ${index} of the JSON patch must be an object, not ${describe(value)}`;
    throw new ApiError("BadRequest", message);
  }
  const [op, path, from, operand] = ["op", "path", "from", "value"].map(key => valueAt(value, key));
  if (typeof path !== "string") throw bad(`"path" must be a JSON pointer, such as "/spec/replicas"`);
  switch (op) {
    case "add":
    case "replace":
    case "test":
      // Kubernetes takes a missing value for null.
      return { op, path, value: operand ?? null };
    case "remove":
      return { op, path };
    case "copy":
    case "move":
      if (typeof from !== "string") throw bad(`"from" must be a JSON pointer, such as "/spec/replicas"`);
      return { op, path, from };
    default:
      throw bad(`"op" must be add, remove, replace, move, copy or test`);
  }
}

/** Kubernetes says one sentence, whatever was wrong; what it was is the error's cause, for who calls from the same program. */
function refused(operation: Json, index: number, problem: string): ApiError {
  const parts = isMap(operation)
    ? [operation.op, operation.path].filter(part => typeof part === "string")
    : [];
  const which = [`operation ${index}`, ...parts].join(" ");
  const sentence = "the server rejected our request due to an error in our request";
  return new ApiError("Invalid", sentence, {}, { cause: new Error(`JSON patch, ${which}: ${problem}`) });
}

/** The document while it is being patched. Operations answer with what is wrong, or nothing. */
class WorkingCopy {
  /** The document stands under one key, so that the whole of it (path "") has a parent like any other value. */
  readonly #holder: { document?: Working };
  #copied = 0;

  constructor(object: JsonMap) {
    this.#holder = { document: copyOf(object) };
  }

  get root(): Working | undefined {
    return this.#holder.document;
  }

  carryOut(operation: Operation): string | undefined {
    switch (operation.op) {
      case "add":
        return this.#add(operation.path, copyOf(operation.value));
      case "replace":
        return this.#replace(operation.path, copyOf(operation.value));
      case "remove":
        return this.#remove(operation.path);
      case "test": {
        const found = this.#get(operation.path) ?? null;
        return isSame(found, operation.value) ? undefined : `the value there is ${describe(found)}`;
      }
      case "copy":
        return this.#copy(operation.from, operation.path);
      case "move":
        return this.#move(operation.from, operation.path);
    }
  }

  #get(path: string): Working | undefined {
    let value: Working | undefined = this.root;
    for (const key of keysOf(path) ?? [undefined]) value = childOf(value, key);
    return value;
  }

  #add(path: string, value: Working): string | undefined {
    const place = this.#placeFor(path, value);
    if (typeof place === "string") return place;
    const { parent, key } = place;
    if (Array.isArray(parent)) {
      const index = key === "-" ? parent.length : indexIn(parent.length + 1, key);
      if (index === undefined) return `there is no place ${key} in a list of ${parent.length}`;
      parent.splice(index, 0, value);
    } else {
      parent[key] = value;
    }
    return undefined;
  }

  #replace(path: string, value: Working): string | undefined {
    const place = this.#placeFor(path, value);
    if (typeof place === "string") return place;
    const { parent, key } = place;
    if (Array.isArray(parent)) {
      const index = indexIn(parent.length, key);
      if (index === undefined) return `there is no element ${key} in a list of ${parent.length}`;
      parent[index] = value;
    } else {
      parent[key] = value;
    }
    return undefined;
  }

  #remove(path: string): string | undefined {
    const place = this.#placeFor(path, null);
    if (typeof place === "string") return place;
    const { parent, key } = place;
    if (Array.isArray(parent)) {
      const index = indexIn(parent.length, key);
      if (index === undefined) return `there is no element ${key} in a list of ${parent.length}`;
      parent.splice(index, 1);
    } else {
      if (!Object.hasOwn(parent, key)) return "there is nothing to remove";
      delete parent[key];
    }
    return undefined;
  }

  #copy(from: string, path: string): string | undefined {
    const found = this.#get(from);
    if (found === undefined) return `there is nothing at ${from}`;
    this.#copied += measure(found).size;
    if (this.#copied > maxCopied) {
      const message = `the copies that one JSON patch makes may take ${maxCopied} bytes, these take more`;
      throw new ApiError("RequestEntityTooLarge", message);
    }
    return this.#add(path, copyOf(found));
  }

  #move(from: string, path: string): string | undefined {
    const found = this.#get(from);
    if (found === undefined) return `there is nothing at ${from}`;
    if (path === from) return undefined;
    if (path.startsWith(`${from}/`)) return "a value cannot be moved into itself";
    return this.#remove(from) ?? this.#add(path, found);
  }

  /** Where the path's last key stands, or stands to be; or what is wrong with putting the value there. */
  #placeFor(path: string, value: Working): { parent: Working[] | WorkingMap; key: string } | string {
    const keys = keysOf(path);
    if (keys === undefined) return `the path must start with "/"`;
    if (keys.includes("__proto__")) return `"__proto__" cannot be a key`;
    if (keys.length + measure(value).depth > maxDepth)
      return `the result would nest deeper than ${maxDepth} levels`;
    let parent: Working | undefined = this.#holder as WorkingMap;
    let key = "document";
    for (const next of keys) {
      parent = childOf(parent, key);
      key = next;
    }
    return typeof parent === "object" && parent !== null
      ? { parent, key }
      : "there is nothing that could hold it";
  }
}

/** The keys of a JSON pointer, with `~1` and `~0` read as `/` and `~`; undefined where it is none. */
function keysOf(pointer: string): string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) return undefined;
  const keys = pointer.slice(1).split("/");
  return keys.map(key => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function childOf(value: Working | undefined, key: string | undefined): Working | undefined {
  if (key === undefined || typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return Object.hasOwn(value, key) ? value[key] : undefined;
  const index = indexIn(value.length, key);
  return index === undefined ? undefined : value[index];
}

/** The index that a key means in so many places: `0` is the first, `-1` the last. */
function indexIn(length: number, key: string): number | undefined {
  if (!/^(0|-?[1-9][0-9]{0,9})$/.test(key)) return undefined;
  const index = Number(key) < 0 ? length + Number(key) : Number(key);
  return index >= 0 && index < length ? index : undefined;
}

function copyOf(value: Json): Working {
  if (isList(value)) return value.map(copyOf);
  if (!isMap(value)) return value;
  const copy: WorkingMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = copyOf(item);
  }
  return copy;
}
