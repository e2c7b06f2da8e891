/**
 * A manifest as a tree whose every node knows its place in the text. js-yaml parses the text into events with offsets;
 * from these the tree is built here, so that all problems of a file are found, not just the first, and so that hostile
 * text finds its bounds: aliases may not multiply without end, nothing nests too deep, no key reaches a prototype.
 */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import type { Problem } from "./problems.ts";
import { plainScalar, type Scalar, taggedScalar } from "./scalars.ts";

interface Place {
  readonly start: number;
  readonly end: number;
}

export type Node = ScalarNode | ListNode | MapNode;

interface Measured extends Place {
  /** How many nodes it is, with aliases counted as what they stand for, and how deep. */
  readonly size: number;
  readonly depth: number;
}

export interface ScalarNode extends Measured {
  readonly kind: "scalar";
  readonly value: Scalar;
}

export interface ListNode extends Measured {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export interface MapNode extends Measured {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: Place;
  readonly value: Node;
}

export const maxDepth = 100;
/** Nodes that aliases and merge keys may add to a file. */
export const maxAliased = 100_000;
/** More are not looked for: the first ones tell enough. */
const maxProblems = 200;

/**
 * The documents of one piece of the text (see `pieces`); empty ones are left out.
 * @param base the offset of the piece in the text, which all places of nodes count from
 */
export function treesOf(piece: string, base: number, problems: Problem[], budget: Budget): Node[] {
  let events: Event[];
  try {
    events = parseEvents(piece, { maxDepth });
  } catch (error) {
    problems.push(syntaxProblem(error, piece, base));
    return [];
  }
  return new TreeBuilder(piece, base, events, problems, budget).documents();
}

/** What is left of `maxAliased`, shared by all pieces of a file. */
export interface Budget {
  aliased: number;
}

/**
 * The text cut before every line `---`, which starts a document wherever it stands: so a mistake in one document does not
 * hide those in the next. Directives (`%YAML`) stay with the document they are for.
 */
export function pieces(text: string): { text: string; base: number }[] {
  const starts = [0];
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const before = text.slice(Math.max(starts.at(-1) ?? 0, match.index - 200), match.index).trimEnd();
    const isDirective = before.slice(before.lastIndexOf("\n") + 1).startsWith("%");
    if (match.index > 0 && !isDirective) starts.push(match.index);
  }
  return starts.map((base, i) => ({ text: text.slice(base, starts[i + 1]), base }));
}

/** The plain value of a node. Nodes reached twice, through an alias, become two values. */
export function valueOfNode(node: Node): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(valueOfNode);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, valueOfNode(value)]));
  }
}

type Collection = Event & { type: typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING };

class TreeBuilder {
  readonly #text: string;
  readonly #base: number;
  readonly #events: readonly Event[];
  readonly #problems: Problem[];
  readonly #budget: Budget;
  #next = 0;
  #end = 0;
  #anchors = new Map<string, Node | "open">();

  constructor(text: string, base: number, events: readonly Event[], problems: Problem[], budget: Budget) {
    this.#text = text;
    this.#base = base;
    this.#events = events;
    this.#problems = problems;
    this.#budget = budget;
  }

  documents(): Node[] {
    const documents: Node[] = [];
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      if (event.type !== EVENT_ID.DOCUMENT) continue;
      this.#anchors = new Map();
      if (this.#peek()?.type === EVENT_ID.POP) continue;
      const node = this.#node(0);
      if (!(node.kind === "scalar" && node.value === null)) documents.push(node);
    }
    return documents;
  }

  #node(depth: number): Node {
    const event = this.#take();
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#list(event, depth));
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#map(event, depth));
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart, event.anchorEnd, depth);
      default:
        return nothing(this.#base + this.#end);
    }
  }

  /** Remembers a node under its anchor. Until it is complete an alias to it would be a circle. */
  #anchored(event: { anchorStart: number; anchorEnd: number }, build: () => Node): Node {
    if (event.anchorStart < 0) return build();
    const anchor = this.#text.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(anchor, "open");
    const node = build();
    this.#anchors.set(anchor, node);
    return node;
  }

  #scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): Node {
    if (event.valueStart < 0 && event.tagStart < 0) return nothing(this.#base + this.#end);
    const text = getScalarValue(this.#text, event);
    const start = Math.max(event.valueStart, event.valueStart < 0 ? event.tagStart : 0);
    const end = Math.max(event.valueEnd, start);
    this.#end = end;
    // The place of a quoted text is that of its quotes.
    const quotes =
      event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    const place = { start: this.#base + start - quotes, end: this.#base + end + quotes };
    const tag = event.tagStart < 0 ? undefined : this.#text.slice(event.tagStart, event.tagEnd);
    let read: { value: Scalar; problem?: string } = { value: text };
    if (tag !== undefined) read = taggedScalar(tag, text);
    else if (event.style === SCALAR_STYLE.PLAIN) read = plainScalar(text);
    if (read.problem !== undefined) this.#report(place, read.problem);
    return { kind: "scalar", value: read.value, ...place, size: 1, depth: 0 };
  }

  #list(event: Collection, depth: number): Node {
    this.#checkTag(event, "!!seq");
    const items: Node[] = [];
    while (this.#peek() !== undefined && this.#peek()?.type !== EVENT_ID.POP)
      items.push(this.#node(depth + 1));
    this.#take();
    const measures = measured(items);
    return {
      kind: "list",
      items,
      start: this.#base + event.start,
      end: this.#base + event.start + 1,
      ...measures,
    };
  }

  #map(event: Collection, depth: number): Node {
    this.#checkTag(event, "!!map");
    const entries = new Map<string, Entry>();
    const merges: { place: Place; value: Node }[] = [];
    while (this.#peek() !== undefined && this.#peek()?.type !== EVENT_ID.POP) {
      const keyEvent = this.#peek();
      const isPlain = keyEvent?.type === EVENT_ID.SCALAR && keyEvent.style === SCALAR_STYLE.PLAIN;
      const isMerge = isPlain && keyEvent.valueStart >= 0 && this.#textOf(keyEvent) === "<<";
      const place = this.#placeOf(keyEvent);
      const key = this.#key(depth + 1);
      const value = this.#node(depth + 1);
      if (isMerge) merges.push({ place, value });
      else if (key !== undefined) this.#enter(entries, key, { key: place, value });
    }
    this.#take();
    for (const merge of merges) this.#merge(entries, merge.place, merge.value);
    const measures = measured([...entries.values()].map(entry => entry.value));
    return {
      kind: "map",
      entries,
      start: this.#base + event.start,
      end: this.#base + event.start + 1,
      ...measures,
    };
  }

  /** A key is the text as it is written: `on` and `8080` stay that, although as values they would be more than text. */
  #key(depth: number): string | undefined {
    const event = this.#peek();
    const place = this.#placeOf(event);
    const node = this.#node(depth);
    if (event?.type === EVENT_ID.SCALAR && event.valueStart >= 0) return this.#textOf(event);
    if (node.kind === "scalar" && node.value !== null) return String(node.value);
    this.#report(
      place,
      node.kind === "scalar" ? "there is no key before the colon" : `a key must be text, not a ${node.kind}`,
    );
    return undefined;
  }

  #enter(entries: Map<string, Entry>, key: string, entry: Entry): void {
    const first = entries.get(key);
    if (key === "__proto__") {
      this.#report(entry.key, `"__proto__" cannot be a key`);
    } else if (first !== undefined) {
      // Counting lines takes time, which a thousand copies of one key may not have.
      if (this.#problems.length >= maxProblems) return;
      const lines =
        this.#text.slice(first.key.start - this.#base, entry.key.start - this.#base).split("\n").length - 1;
      const where = lines === 0 ? "on the same line" : `${lines} ${lines === 1 ? "line" : "lines"} above`;
      this.#report(entry.key, `the key ${JSON.stringify(key)} is there already, ${where}: leave one of them`);
    } else {
      entries.set(key, entry);
    }
  }

  /** `<<: *other` or `<<: [*one, *other]`: their entries, where the map has none of its own. The first one wins. */
  #merge(entries: Map<string, Entry>, place: Place, value: Node): void {
    for (const source of value.kind === "list" ? value.items : [value]) {
      if (source.kind !== "map") {
        this.#report(
          place,
          "<< merges a map, or a list of maps, into this one: *anchor of a map must follow",
        );
        return;
      }
      for (const [key, entry] of source.entries) {
        if (!this.#spend(entry.value.size, place)) return;
        if (!entries.has(key)) entries.set(key, entry);
      }
    }
  }

  #alias(start: number, end: number, depth: number): Node {
    this.#end = end;
    const name = this.#text.slice(start, end);
    const place = { start: this.#base + start - 1, end: this.#base + end };
    const target = this.#anchors.get(name);
    if (target === undefined) this.#report(place, `there is no anchor &${name} above`);
    else if (target === "open")
      this.#report(place, `*${name} stands inside &${name} itself, which would never end`);
    else if (depth + target.depth > maxDepth) this.#report(place, `nests deeper than ${maxDepth} levels`);
    else if (this.#spend(target.size, place)) return target;
    return nothing(place.start);
  }

  #spend(nodes: number, place: Place): boolean {
    if (this.#budget.aliased < 0) return false;
    this.#budget.aliased -= nodes;
    if (this.#budget.aliased >= 0) return true;
    this.#report(
      place,
      `the aliases of this file stand for more than ${maxAliased} values: write fewer of them`,
    );
    return false;
  }

  #checkTag(event: Collection, allowed: string): void {
    if (event.tagStart < 0) return;
    const tag = this.#text.slice(event.tagStart, event.tagEnd);
    const place = { start: this.#base + event.tagStart, end: this.#base + event.tagEnd };
    if (tag !== allowed && tag !== "!")
      this.#report(place, `the tag ${tag} is not known in manifests: leave it out`);
  }

  #placeOf(event: Event | undefined): Place {
    if (event?.type === EVENT_ID.SCALAR && event.valueStart >= 0) {
      return { start: this.#base + event.valueStart, end: this.#base + event.valueEnd };
    }
    const start = event !== undefined && "start" in event ? event.start : this.#end;
    return { start: this.#base + start, end: this.#base + start + 1 };
  }

  #textOf(event: Event & { type: typeof EVENT_ID.SCALAR }): string {
    return getScalarValue(this.#text, event);
  }

  #report({ start, end }: Place, message: string): void {
    if (this.#problems.length >= maxProblems) return;
    this.#problems.push({ offset: start, length: end - start, field: "", message });
  }

  #peek(): Event | undefined {
    return this.#events[this.#next];
  }

  #take(): Event | undefined {
    return this.#events[this.#next++];
  }
}

function nothing(at: number): ScalarNode {
  return { kind: "scalar", value: null, start: at, end: at, size: 1, depth: 0 };
}

function measured(nodes: readonly Node[]): { size: number; depth: number } {
  let size = 1;
  let depth = 0;
  for (const node of nodes) {
    size += node.size;
    depth = Math.max(depth, node.depth + 1);
  }
  return { size, depth };
}

/** What would be right, for the mistakes that js-yaml only names. */
const advice: readonly [RegExp, string][] = [
  [/tab characters/, "indent with blanks"],
  [
    /bad indentation|deficient indentation/,
    'align it with the lines that belong together; put text that holds ": " in quotes',
  ],
  [/null byte/, "save the file as UTF-8 text"],
  [/maxDepth|depth/i, `${maxDepth} levels are allowed`],
];

function syntaxProblem(error: unknown, piece: string, base: number): Problem {
  const isYaml = error instanceof YAMLException;
  const reason = isYaml
    ? error.reason
    : `the text cannot be read (${error instanceof Error ? error.message : error})`;
  const offset = Math.min(isYaml ? (error.mark?.position ?? 0) : 0, piece.length);
  const hint = advice.find(([pattern]) => pattern.test(reason))?.[1];
  return { offset: base + offset, field: "", message: hint === undefined ? reason : `${reason}: ${hint}` };
}
