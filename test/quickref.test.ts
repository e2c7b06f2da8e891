/**
 * QUICKREF.md is complete, and invents nothing: the reasons of errors and the fields of a Container are compared with the
 * code both ways; every option and method of Cluster, every member of a worker's context and every event is named there.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import * as k4s from "k4s";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { reasons } from "../src/errors/index.ts";
import { builtInKinds } from "../src/resources/index.ts";

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFile(path.join(root, file), "utf8");
const quickref = await read("QUICKREF.md");

/** The part of QUICKREF under a heading, up to the next one of its level or above. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const from = quickref.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`QUICKREF.md has no heading "${heading}"`);
  const rest = quickref.slice(from + heading.length + 2);
  const next = rest.search(new RegExp(`^#{1,${level}} `, "m"));
  return next < 0 ? rest : rest.slice(0, next);
}

/** The rows of the tables in a text, cell by cell, without their heads. */
function rows(text: string): string[][] {
  const lines = text.split("\n");
  const isRule = (line = "") => /^\|[\s|-]+$/.test(line);
  return lines
    .filter((line, i) => line.startsWith("|") && !isRule(line) && !isRule(lines[i + 1]))
    .map(line => line.slice(1, -1).split("|"))
    .map(cells => cells.map(cell => cell.trim()));
}

/** The words in backticks in the first cells of a text's tables. */
function firstCells(text: string): string[] {
  return rows(text).flatMap(([cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
}

/** The members of an interface or class of a source file, as it is written: what a reader can use. */
/** What is public of an interface or a class. */
async function membersOf(file: string, name: string): Promise<string[]> {
  const source = ts.createSourceFile(file, await read(file), ts.ScriptTarget.Latest);
  const found = source.statements.find(
    statement =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name?.text === name,
  ) as ts.InterfaceDeclaration | ts.ClassDeclaration | undefined;
  if (!found) throw new Error(`${file} declares no ${name}`);
  return [...found.members].flatMap(member =>
    member.name && ts.isIdentifier(member.name) && !isProtected(member) ? [member.name.text] : [],
  );
}

function isProtected(member: ts.ClassElement | ts.TypeElement): boolean {
  if (!ts.canHaveModifiers(member)) return false;
  return ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.ProtectedKeyword) ?? false;
}

/** Every file of src/ but the tests. */
async function sources(): Promise<string[]> {
  const files = await readdir(path.join(root, "src"), { recursive: true });
  return files.filter(file => /(?<!\.test)\.ts$/.test(file)).map(file => `src/${file}`);
}

describe("QUICKREF", () => {
  it("has every reason of an error, with its code and meaning, and no other", () => {
    const told = rows(section("## Errors")).filter(([cell]) => cell?.startsWith("`"));
    const known = Object.entries(reasons).map(([reason, about]) => {
      const handled = "handled" in about ? [about.handled] : [];
      return [`\`${reason}\``, String(about.code), ...handled, about.means];
    });
    expect(told).toEqual(known);
  });

  it("has every field of a Container, and no other", () => {
    const container = builtInKinds.find(({ kind }) => kind === "Container");
    const fields = Object.keys(container?.versions[0].schema.properties?.spec?.properties ?? {});
    expect(firstCells(section("### Container")).sort()).toEqual(fields.sort());
  });

  it("has everything that the package exports", () => {
    for (const name of Object.keys(k4s))
      expect(section("### What the package exports")).toContain(`\`${name}\``);
  });

  it("has every kind", () => {
    const told = new Set(section("## Manifests").match(/\w+/g));
    for (const { kind } of builtInKinds) expect(told).toContain(kind);
  });

  it("has every option of a Cluster, and no other", async () => {
    const options = await membersOf("src/cluster/options/options.ts", "ClusterOptions");
    expect(firstCells(section("### Options of `new Cluster({ … })`")).sort()).toEqual(options.sort());
  });

  it("has every method of a Cluster", async () => {
    const calls = section("### Calls");
    const methods = [
      ...(await membersOf("src/cluster/cluster.ts", "Cluster")),
      ...(await membersOf("src/api/client.ts", "Client")),
    ];
    for (const method of methods) expect(calls).toMatch(new RegExp(`\`${method}[(\`.]`));
  });

  it.each([
    ["src/worker/context.ts", "WorkerContext"],
    ["src/worker/context.ts", "WorkerApi"],
    ["src/worker/log.ts", "Log"],
    ["src/worker/protocol.ts", "Self"],
    ["src/messages/message.ts", "Message"],
  ])("has every member that %s gives a worker in %s", async (file, name) => {
    const workers = section("## Workers");
    for (const member of await membersOf(file, name)) expect(workers).toMatch(new RegExp(`\`${member}[(\`]`));
  });

  it("has every option of a call", async () => {
    const options = [
      ...(await membersOf("src/messages/message.ts", "RequestOptions")),
      ...(await membersOf("src/messages/message.ts", "TransferOptions")),
      ...(await membersOf("src/node/streams/log.ts", "LogOptions")),
      ...(await membersOf("src/api/selection.ts", "ListSelection")),
      ...(await membersOf("src/api/options.ts", "Selectors")),
      ...(await membersOf("src/api/call-options.ts", "WatchSelection")),
      ...(await membersOf("src/api/call-options.ts", "PatchOptions")),
      ...(await membersOf("src/api/call-options.ts", "RemoveOptions")),
      ...(await membersOf("src/api/wait-for.ts", "WaitOptions")),
    ];
    const told = firstCells(section("### Calls"));
    for (const option of options) expect(told).toContain(option);
  });

  it("has every event that is recorded", async () => {
    const told = section("## States and events");
    for (const file of await sources()) {
      for (const [, reason] of (await read(file)).matchAll(/"(?:Normal|Warning)",\s*"([A-Z]\w+)"/g))
        expect(told, `an event of ${file}`).toContain(`\`${reason}\``);
    }
  });
});
