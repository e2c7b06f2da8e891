/**
 * The Go types of Kubernetes' API, read out of a program that was compiled with them (kubectl): Go keeps, for reflection,
 * the fields of each struct and their tags, and the tags say what no OpenAPI document on npm does: protobuf numbers, merge
 * keys, which fields are pointers. Written for 64-bit ELF files as Go's linker makes them.
 */

/** A field as it stands in JSON. */
export interface GoField {
  readonly name: string;
  /** True where the value may be absent in Go: a pointer. A plain value takes its zero for "not given". */
  readonly isPointer: boolean;
  /** Go's word for it: `string`, `int32`, `bool`, `slice`, `map`, `struct`. */
  readonly kind: string;
  /** What it is, or what its elements are, if that has a name: `k8s.io/api/core/v1.PodSpec`. */
  readonly type: string;
  /**
   * The numbers that lead to it: one, or, where it belongs to an embedded struct that is a message of its own, that one's
   * before. Absent for what is not on the wire.
   */
  readonly protobuf?: readonly number[];
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** True where Go prints it as JSON even if it has its zero value: null, "", 0, false. */
  readonly isAlwaysPrinted: boolean;
}

const kinds = [
  ..."invalid bool int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64".split(
    " ",
  ),
  ..."complex64 complex128 array chan func interface map pointer slice string struct unsafe".split(" "),
];
const named = { uncommon: 1, extraStar: 2, named: 4 };

interface Section {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/** The structs of the packages that `wanted` takes, by package path and name: `k8s.io/api/core/v1.PodSpec`. */
export function goTypesIn(program: Buffer, wanted: (packagePath: string) => boolean): Map<string, GoField[]> {
  const sections = sectionsOf(program);
  const rodata = sections.get(".rodata");
  const links = sections.get(".typelink");
  if (!rodata || !links) throw new Error("this is no program that Go's linker made for ELF");
  const types = new Types(program, rodata);
  const found = new Map<string, GoField[]>();
  for (let at = links.offset; at < links.offset + links.size; at += 4) {
    const link = types.at(rodata.address + program.readInt32LE(at));
    // Pointers to structs, and lists of them: through these every struct that is ever decoded is reached.
    const type = link.kind === "pointer" || link.kind === "slice" ? types.at(link.elem) : link;
    if (type.kind !== "struct" || !wanted(type.packagePath)) continue;
    found.set(type.name, types.fieldsOf(type.address));
  }
  return found;
}

class Types {
  readonly #program: Buffer;
  readonly #rodata: Section;

  constructor(program: Buffer, rodata: Section) {
    this.#program = program;
    this.#rodata = rodata;
  }

  at(address: number) {
    const offset = this.#offset(address);
    const kind = kinds[this.#program.readUInt8(offset + 23) & 31] ?? "invalid";
    const flags = this.#program.readUInt8(offset + 20);
    const text = this.#text(this.#rodata.address + this.#program.readInt32LE(offset + 40)).text;
    const shown = flags & named.extraStar ? text.slice(1) : text;
    // What follows a named type begins behind its own part, whose size is known for those that are asked about.
    const size = kind === "struct" ? 80 : kind === "slice" ? 56 : 48;
    const hasPackage = !["map", "func", "chan", "interface", "array", "pointer"].includes(kind);
    const packagePath =
      hasPackage && flags & named.uncommon && flags & named.named
        ? this.#text(this.#rodata.address + this.#program.readInt32LE(offset + size)).text
        : "";
    const name = packagePath ? `${packagePath}.${shown.slice(shown.lastIndexOf(".") + 1)}` : shown;
    const hasElem = kind === "pointer" || kind === "slice";
    const elem = hasElem ? this.#pointer(offset + 48) : kind === "map" ? this.#pointer(offset + 56) : 0;
    return { address, kind, name, packagePath, elem };
  }

  fieldsOf(address: number): GoField[] {
    const offset = this.#offset(address);
    const first = this.#offset(this.#pointer(offset + 56));
    const count = this.#pointer(offset + 64);
    const fields: GoField[] = [];
    for (let i = 0; i < count; i++) {
      const at = first + 24 * i;
      const { tag } = this.#text(this.#pointer(at));
      const json = /json:"([^"]*)"/.exec(tag)?.[1];
      const type = this.#pointer(at + 8);
      const [name, ...options] = json?.split(",") ?? [];
      // A struct that is embedded without a name of its own stands there with its fields (ObjectMeta's has one).
      if (name === "" && options.includes("inline"))
        fields.push(...this.fieldsOf(this.#structAt(type)).map(field => within(tagsOf(tag).protobuf, field)));
      else if (name && name !== "-") {
        const of = this.#typeOf(type);
        // To omitempty a struct is never empty.
        const isOmitted = options.includes("omitempty") && (of.isPointer || of.kind !== "struct");
        const isAlwaysPrinted = !isOmitted && !options.includes("omitzero");
        fields.push({ name, isAlwaysPrinted, ...of, ...tagsOf(tag) });
      }
    }
    return fields;
  }

  #structAt(address: number): number {
    const { kind, elem } = this.at(address);
    return kind === "pointer" ? elem : address;
  }

  #typeOf(address: number): Pick<GoField, "isPointer" | "kind" | "type"> {
    let type = this.at(address);
    const isPointer = type.kind === "pointer";
    if (isPointer) type = this.at(type.elem);
    const { kind } = type;
    while (type.elem !== 0 && !type.packagePath) type = this.at(type.elem);
    return { isPointer, kind, type: type.name };
  }

  #text(address: number): { text: string; tag: string } {
    const offset = this.#offset(address);
    const [text, next] = this.#counted(offset + 1);
    const hasTag = (this.#program.readUInt8(offset) & 2) !== 0;
    return { text, tag: hasTag ? this.#counted(next)[0] : "" };
  }

  #counted(offset: number): [text: string, next: number] {
    let length = 0;
    let at = offset;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#program.readUInt8(at++);
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return [this.#program.toString("utf8", at, at + length), at + length];
  }

  #pointer(offset: number): number {
    return Number(this.#program.readBigUInt64LE(offset));
  }

  #offset(address: number): number {
    return address - this.#rodata.address + this.#rodata.offset;
  }
}

/** JSON has the fields of an embedded struct beside the others, protobuf as a message in the message, or not at all (TypeMeta). */
function within(outer: readonly number[] | undefined, { protobuf, ...field }: GoField): GoField {
  return outer && protobuf ? { ...field, protobuf: [...outer, ...protobuf] } : field;
}

function tagsOf(tag: string): Pick<GoField, "protobuf" | "patchStrategy" | "patchMergeKey"> {
  const protobuf = /protobuf:"\w+,(\d+)/.exec(tag)?.[1];
  const patchStrategy = /patchStrategy:"([^"]*)"/.exec(tag)?.[1];
  const patchMergeKey = /patchMergeKey:"([^"]*)"/.exec(tag)?.[1];
  return {
    ...(protobuf && { protobuf: [Number(protobuf)] }),
    ...(patchStrategy && { patchStrategy }),
    ...(patchMergeKey && { patchMergeKey }),
  };
}

function sectionsOf(program: Buffer): Map<string, Section> {
  const start = Number(program.readBigUInt64LE(0x28));
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map(at => program.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  const header = (i: number) => start + i * size;
  const texts = Number(program.readBigUInt64LE(header(names) + 24));
  const sections = new Map<string, Section>();
  for (let i = 0; i < count; i++) {
    const at = header(i);
    const from = texts + program.readUInt32LE(at);
    const name = program.toString("latin1", from, program.indexOf(0, from));
    const [address, offset, bytes] = [16, 24, 32].map(part => Number(program.readBigUInt64LE(at + part)));
    sections.set(name, { address: address ?? 0, offset: offset ?? 0, size: bytes ?? 0 });
  }
  return sections;
}
