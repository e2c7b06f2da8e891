/** `k4s get`: objects as the server prints them, or whole; with `-w` as they change. */
import { dump } from "js-yaml";
import { tableText } from "../table.ts";
import { Connection } from "./connection.ts";
import type { WhereOptions } from "./kubeconfig.ts";
import { jsonLines } from "./lines.ts";
import { apiVersionOf, named, pathOf, type Resource, resourcesOf, targetsIn } from "./resources.ts";

export interface GetOptions extends WhereOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output?: string;
  readonly watch?: boolean;
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly Row[] | null;
}

interface Row {
  readonly cells: readonly unknown[];
  readonly object?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
}

interface Data {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly items?: readonly Data[];
  readonly [field: string]: unknown;
}

const tableType = "application/json;as=Table;v=v1;g=meta.k8s.io";

export async function get(words: readonly string[], options: GetOptions): Promise<void> {
  const connection = new Connection(options);
  const resources = await resourcesOf(connection);
  const asked = targetsIn(words).flatMap(({ word, names }) =>
    named(word, resources).flatMap(resource =>
      (names.length > 0 ? names : [""]).map(name => ({ resource, name })),
    ),
  );
  const namespace = options.allNamespaces ? undefined : connection.namespace;
  const whole = options.output === "yaml" || options.output === "json" || options.output === "name";
  const printed = whole
    ? await wholes(connection, asked, namespace, options)
    : await tables(connection, asked, namespace, options);
  if (printed !== "") process.stdout.write(printed);
  else if (!options.watch)
    process.stderr.write(
      `No resources found${namespace === undefined ? "" : ` in ${namespace} namespace`}.\n`,
    );
  const [first] = asked;
  if (options.watch && first) await follow(connection, first, namespace, options);
}

interface AskedFor {
  readonly resource: Resource;
  readonly name: string;
}

function queryOf(
  { selector, fieldSelector }: GetOptions,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    ...(selector !== undefined && { labelSelector: selector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...more,
  });
  return query.size > 0 ? `?${query}` : "";
}

async function tables(
  connection: Connection,
  asked: readonly AskedFor[],
  namespace: string | undefined,
  options: GetOptions,
): Promise<string> {
  const texts: string[] = [];
  for (const { resource, name } of asked) {
    const path = pathOf(resource, namespace, name) + (name === "" ? queryOf(options) : "");
    const { columnDefinitions, rows } = await connection.json<Table>(path, { accept: tableType });
    if (!rows || rows.length === 0) continue;
    const prefix = asked.length > 1 ? `${resource.singular}${resource.group && `.${resource.group}`}/` : "";
    texts.push(textOf(columnDefinitions, rows, { options, prefix, isNamespaced: resource.isNamespaced }));
  }
  return texts.join("\n");
}

interface Shown {
  readonly options: GetOptions;
  readonly prefix?: string;
  readonly isNamespaced: boolean;
  readonly withoutHeader?: boolean;
}

function textOf(
  columns: Table["columnDefinitions"],
  rows: readonly Row[],
  { options, prefix = "", isNamespaced, withoutHeader = false }: Shown,
): string {
  const isShown = columns.map(({ priority }) => priority === 0 || options.output === "wide");
  const withNamespace = options.allNamespaces === true && isNamespaced;
  const shown = <T>(values: readonly T[], namespace: T) => [
    ...(withNamespace ? [namespace] : []),
    ...values.filter((_, i) => isShown[i]),
  ];
  const header = shown(
    columns.map(({ name }) => name.toUpperCase()),
    "NAMESPACE",
  );
  const cells = rows.map(row =>
    shown(
      row.cells.map(
        (cell, i) => (i === 0 ? prefix : "") + (cell === null || cell === "" ? "<none>" : String(cell)),
      ),
      row.object?.metadata?.namespace ?? "",
    ),
  );
  return tableText(withoutHeader ? undefined : header, cells);
}

async function wholes(
  connection: Connection,
  asked: readonly AskedFor[],
  namespace: string | undefined,
  options: GetOptions,
): Promise<string> {
  const answers: { readonly resource: Resource; readonly data: Data }[] = [];
  for (const { resource, name } of asked) {
    const path = pathOf(resource, namespace, name) + (name === "" ? queryOf(options) : "");
    answers.push({ resource, data: await connection.json<Data>(path) });
  }
  const items = answers.flatMap(({ resource, data }) =>
    (data.items ?? [data]).map(item => ({ resource, item: data.items ? withKind(resource, item) : item })),
  );
  if (options.output === "name")
    return items
      .map(
        ({ resource: { singular, group }, item }) =>
          `${singular}${group && `.${group}`}/${item.metadata.name}\n`,
      )
      .join("");
  const [only] = items;
  const isOne = asked.length === 1 && asked[0]?.name !== "";
  const data =
    isOne && only ? only.item : { apiVersion: "v1", items: items.map(({ item }) => item), kind: "List" };
  return options.output === "json" ? `${JSON.stringify(data, null, 4)}\n` : dump(data, { noRefs: true });
}

/** The items of a list do not say what they are. */
function withKind(resource: Resource, item: Data): Data {
  return { apiVersion: apiVersionOf(resource), ...item, kind: resource.kind };
}

/** What changes from now on, a line each. */
async function follow(
  connection: Connection,
  { resource, name }: AskedFor,
  namespace: string | undefined,
  options: GetOptions,
): Promise<void> {
  const list = await connection.json<{ metadata: { resourceVersion: string } }>(pathOf(resource, namespace), {
    accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  });
  const from = { watch: "true", resourceVersion: list.metadata.resourceVersion };
  const query = queryOf(options, name === "" ? from : { ...from, fieldSelector: `metadata.name=${name}` });
  const answer = await connection.stream(pathOf(resource, namespace) + query, { accept: tableType });
  let columns: Table["columnDefinitions"] = [];
  for await (const event of jsonLines<{ object: Table }>(answer)) {
    const { columnDefinitions, rows } = event.object;
    if (columnDefinitions?.length > 0) columns = columnDefinitions;
    const shown = { options, isNamespaced: resource.isNamespaced, withoutHeader: true };
    process.stdout.write(textOf(columns, rows ?? [], shown));
  }
}
