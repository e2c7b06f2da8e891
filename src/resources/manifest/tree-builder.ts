/**
 * Builds the tree of a document from js-yaml's events. All problems are found, not just the first, and hostile text finds
 * its bounds: aliases may not multiply without end, nothing nests too deep, no key reaches a prototype.
 */
import type { Event } from "js-yaml";
import { type Entry, measured, type Node, nothing, type Place } from "./node.ts";
import type { Problem } from "./problems.ts";
import { plainScalar, type ReadScalar, taggedScalar } from "./scalars.ts";
import { EVENT_ID, SCALAR_STYLE, yaml } from "./yaml.ts";

export const maxDepth = 100;
/** Nodes that aliases and merge keys may add to a file. */
export const maxAliased = 100_000;
/** Characters of a file that may be read again, a little looser: some ten times a large one. */
export const maxReread = 20_000_000;
/** More are not looked for: the first ones tell enough. */
const maxProblems = 200;

/** What the pieces of a file may use up together. */
export interface Budget {
  /** Nodes that aliases stand for. */
  aliased: number;
  /** Characters that are read again, a little looser. */
  reread: number;
}

type Collection = Event & { type: typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING };

export class TreeBuilder {
  /** Where text stands that is in quotes or a block. */
  readonly verbatim: Place[] = [];
  readonly #text: string;
  readonly #base: number;
  readonly #events: readonly Event[];
  readonly #problems: Problem[];
  readonly #budget: Budget;
  #next = 0;
  #end = 0;
  #anchors = new Map<string, Node | "open">();

  /** @param text as it was written; the events may be those of a text of the same length that has fewer line breaks */
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
    const text = this.#textOf(event);
    const start = Math.max(event.valueStart, event.valueStart < 0 ? event.tagStart : 0);
    const end = Math.max(event.valueEnd, start);
    this.#end = end;
    // The place of a quoted text is that of its quotes.
    const quotes =
      event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    const place = { start: this.#base + start - quotes, end: this.#base + end + quotes };
    if (event.style !== SCALAR_STYLE.PLAIN) this.verbatim.push(place);
    const tag = this.#tagOf(event);
    let read: ReadScalar = { value: text };
    if (tag !== undefined) read = taggedScalar(tag, text);
    else if (event.style === SCALAR_STYLE.PLAIN) read = plainScalar(text);
    const isTagWrong = tag !== undefined && read.isTagUnknown === true;
    if (read.problem !== undefined) this.#report(isTagWrong ? this.#placeOfTag(event) : place, read.problem);
    return { kind: "scalar", value: read.value, ...place, size: 1, depth: 0 };
  }

  #list(event: Collection, depth: number): Node {
    this.#checkTag(event, "!!seq");
    const items: Node[] = [];
    this.#end = Math.max(this.#end, event.start);
    for (let next = this.#peek(); next !== undefined && next.type !== EVENT_ID.POP; next = this.#peek()) {
      const isEmpty =
        next.type === EVENT_ID.SCALAR && next.valueStart + next.tagStart + next.anchorStart === -3;
      items.push(isEmpty ? this.#emptyItem() : this.#node(depth + 1));
    }
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

  /** An item of a list of which there is only the dash: it stands there. The events do not say where that is. */
  #emptyItem(): Node {
    this.#take();
    const between = /(?:[^\S\n]|\n|#.*|[\]}"',])*-/y;
    between.lastIndex = this.#end;
    if (between.test(this.#text)) this.#end = between.lastIndex;
    const start = this.#base + this.#end - 1;
    return { kind: "scalar", value: null, start, end: start + 1, size: 1, depth: 0 };
  }

  #map(event: Collection, depth: number): Node {
    this.#checkTag(event, "!!map");
    const entries = new Map<string, Entry>();
    const merges: { place: Place; value: Node }[] = [];
    while (this.#peek() !== undefined && this.#peek()?.type !== EVENT_ID.POP) {
      const keyEvent = this.#peek();
      const isMerge = this.#isMerge(keyEvent);
      const place = this.#placeOf(keyEvent);
      const key = isMerge ? this.#take() && "<<" : this.#key(depth + 1);
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

  /** `<<`, without quotes, or with the tag that YAML has for it. */
  #isMerge(key: Event | undefined): boolean {
    if (key?.type !== EVENT_ID.SCALAR || key.valueStart < 0 || this.#textOf(key) !== "<<") return false;
    const tag = this.#tagOf(key);
    return tag === "!!merge" || (tag === undefined && key.style === SCALAR_STYLE.PLAIN);
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
    if (target === undefined)
      this.#report(place, `there is no anchor &${name} above: if it is text, put it in quotes, "*${name}"`);
    else if (target === "open")
      this.#report(place, `*${name} stands inside &${name} itself, which would never end`);
    else if (depth + target.depth > maxDepth) this.#report(place, `nests deeper than ${maxDepth} levels`);
    // What is wrong with the value as a whole is wrong here; what is wrong within stands where it is written.
    else if (this.#spend(target.size, place)) return { ...target, ...place };
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
    const tag = this.#tagOf(event);
    if (tag === undefined) return;
    if (tag !== allowed && tag !== "!")
      this.#report(this.#placeOfTag(event), `the tag ${tag} is not known in manifests: leave it out`);
  }

  #placeOfTag({ tagStart, tagEnd }: { tagStart: number; tagEnd: number }): Place {
    return { start: this.#base + tagStart, end: this.#base + tagEnd };
  }

  #placeOf(event: Event | undefined): Place {
    if (event?.type === EVENT_ID.SCALAR && event.valueStart >= 0) {
      return { start: this.#base + event.valueStart, end: this.#base + event.valueEnd };
    }
    const start = event !== undefined && "start" in event ? event.start : this.#end;
    return { start: this.#base + start, end: this.#base + start + 1 };
  }

  #textOf(event: Event & { type: typeof EVENT_ID.SCALAR }): string {
    if (!event.fast) return wholeCharacters(yaml().getScalarValue(this.#text, event));
    const text = this.#text.slice(event.valueStart, event.valueEnd);
    // It was one line when it was parsed.
    return /[\r\n]/.test(text) ? yaml().getScalarValue(this.#text, { ...event, fast: false }) : text;
  }

  /** A tag in its short form, `!!str`. */
  #tagOf({ tagStart, tagEnd }: { tagStart: number; tagEnd: number }): string | undefined {
    if (tagStart < 0) return undefined;
    return this.#text.slice(tagStart, tagEnd).replace(/^!<tag:yaml\.org,2002:(.*)>$/, "!!$1");
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

/** An escape can say half a character (`"\\ud83d"` without the second half), which no text can keep: as in Go, U+FFFD. */
function wholeCharacters(text: string): string {
  return text.replace(halves, "\uFFFD");
}

const halves = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
