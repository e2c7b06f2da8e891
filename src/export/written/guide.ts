/** The page of an export: which commands build it and bring it into a cluster, and what does not go along, with the reason. */
import type { ExportedImage } from "../images/index.ts";
import type { Note } from "../notes.ts";
import type { ApiObject } from "../objects/index.ts";
import type { NatsNames } from "./nats-server.ts";

export interface GuideParts {
  readonly files: readonly string[];
  readonly objects: readonly ApiObject[];
  readonly images: readonly ExportedImage[];
  readonly notes: readonly Note[];
  readonly registry?: string | undefined;
  readonly hasNats: boolean;
  readonly names: NatsNames;
}

export function guide({ files, objects, images, notes, registry, hasNats, names }: GuideParts): string {
  const target = ({ name, tag }: ExportedImage) =>
    `${registry === undefined ? name : `${registry}${name.slice(name.indexOf("/"))}`}:${tag}`;
  const builds = images.flatMap(image => [
    `docker build -t ${target(image)} images/${image.folder}`,
    ...(registry === undefined ? [] : [`docker push ${target(image)}`]),
  ]);
  const definitions = files.filter(file => file.includes("customresourcedefinitions"));
  const lines = [
    "# What ran in k4s, for Kubernetes",
    "",
    `Written by \`k4s export\`: ${count(objects.length, "object")}, ${count(images.length, "image")}.`,
    "",
    ...(builds.length === 0
      ? []
      : ["Build the images, in this folder:", "", "```sh", ...builds, "```", "", ...where(images, registry)]),
    "Bring it into the cluster that kubectl speaks to:",
    "",
    "```sh",
    ...definitions.flatMap(file => [
      `kubectl apply -f ${file}    # kinds of your own have to be known first`,
    ]),
    "kubectl apply -k .",
    "```",
    "",
    "`kubectl apply -f manifests` does the same with the images under the names that they have there.",
    "",
    ...messages(objects, hasNats, names),
    "## What does not go along, or otherwise",
    "",
    ...(notes.length === 0 ? ["Nothing."] : notes.map(({ about, text }) => `- **${about}**: ${text}.`)),
    "",
  ];
  return lines.join("\n");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function where(images: readonly ExportedImage[], registry: string | undefined): string[] {
  if (registry !== undefined) return [];
  const [first] = images;
  return [
    "No registry has these names, so nothing is ever pulled by mistake. For a cluster on this machine load them into it",
    `(\`kind load docker-image ${first?.reference}\`, \`minikube image load …\`); for another, push them to a registry and say so in`,
    "`kustomization.yaml`, or export again with `--registry`.",
    "",
  ];
}

function messages(
  objects: readonly ApiObject[],
  hasNats: boolean,
  { secret, namespace }: NatsNames,
): string[] {
  if (!objects.some(({ kind, metadata }) => kind === "Secret" && metadata.name === secret)) return [];
  return [
    hasNats
      ? `Worker functions talk over the NATS server that was named; where it is, is in the Secrets \`${secret}\`.`
      : `Worker functions talk over NATS: a server of one replica comes along, in the namespace \`${namespace}\`. For another one, change the URL in the Secrets \`${secret}\`.`,
    "",
  ];
}
