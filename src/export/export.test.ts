/** What an export says of images, and of classes of storage, that are none of those that go along. */
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { exported } from "./export.ts";
import type { ApiObject } from "./objects/index.ts";

/** A pod as it runs: modules have a digest, images of the catalogue their registry too, what only pretends to run has neither. */
const pod = (namespace: string, image: string, imageID: string) =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: image.replace(":", "-"), namespace },
    spec: { containers: [{ name: "main", image }] },
    status: { containerStatuses: [{ name: "main", image, imageID }] },
  }) as ApiObject;
const all = [
  pod("shop", "adder:v1", "sha256:0123"),
  pod("other", "site", "sha256:4567"),
  pod("shop", "nginx", "docker.io/library/nginx@sha256:89ab"),
  pod("shop", "postgres:17", ""),
];

test("images that ran from folders are asked for where no folder is named, of one namespace alone where that is exported", async () => {
  await expect(exported(all, { images: [], node: "22" })).rejects.toMatchObject({
    reason: "BadRequest",
    message: "adder:v1, site ran from images folders: name these (--images FOLDER), so that they go along",
  });
  await expect(exported(all, { images: [], node: "22", namespace: "other" })).rejects.toThrow(/^site ran/);
});

test("each that no named folder has is told", async () => {
  const { notes } = await exported(all, { images: [tmpdir()], node: "22" });
  expect(
    notes.filter(({ text }) => text.startsWith("it ran from a module")).map(({ about }) => about),
  ).toEqual(["image adder:v1", "image site"]);
});

test("a StorageClass of one's own whose driver is here alone is told of", async () => {
  const classes = ["standard", "kept"].map(name => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner: "folder.csi.k4s.dev",
    reclaimPolicy: "Retain",
  }));
  const { notes } = await exported(classes, { images: [], node: "22" });
  expect(notes.map(({ about }) => about)).toEqual(["StorageClass kept"]);
});
