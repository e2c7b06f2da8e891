import { expect, it } from "vitest";
import { catalogueImages, findInCatalogue } from "./catalogue-images.ts";

const digest = `sha256:${"0".repeat(64)}`;

it.each([
  ["nginx", "nginx"],
  ["nginx:latest", "nginx"],
  ["nginx:1.27", "nginx"],
  ["nginx:1.14.2", "nginx"],
  ["nginx:1.27.3-alpine-slim", "nginx"],
  ["nginx:alpine3.20", "nginx"],
  ["docker.io/library/nginx:stable", "nginx"],
  ["docker.io/nginx", "nginx"],
  ["library/nginx", "nginx"],
  ["localhost:5000/nginx:1.25", "nginx"],
  [`nginx@${digest}`, "nginx"],
  [`registry.k8s.io/nginx-slim:0.27@${digest}`, "nginx"],
  ["nginxinc/nginx-unprivileged:1.27", "nginx-unprivileged"],
  ["busybox:1.28", "busybox"],
  ["busybox:1.36.1-musl", "busybox"],
  ["public.ecr.aws/docker/library/busybox:stable", "busybox"],
  ["alpine:3.20", "alpine"],
  ["ubuntu:22.04", "ubuntu"],
  ["node:20-alpine", "node"],
  ["registry.k8s.io/pause:3.9", "pause"],
  ["k8s.gcr.io/pause:3.1", "pause"],
  ["registry.k8s.io/e2e-test-images/agnhost:2.53", "agnhost"],
  ["hashicorp/http-echo:0.2.3", "http-echo"],
  ["hashicorp/http-echo", "http-echo"],
  ["kicbase/echo-server:1.0", "echo-server"],
  ["gcr.io/google-samples/hello-app:1.0", "hello-app"],
  ["us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0", "hello-app"],
  ["gcr.io/google-samples/kubernetes-bootcamp:v1", "kubernetes-bootcamp"],
  ["registry.k8s.io/hpa-example", "hpa-example"],
  ["perl:5.34.0", "perl"],
  ["polinux/stress", "stress"],
  ["vish/stress", "stress-in-go"],
  ["traefik/whoami:v1.10", "whoami"],
  ["curlimages/curl:8.10.1", "curl"],
  ["alpine/curl", "curl"],
])("knows %s", (name, image) => {
  expect(findInCatalogue(name)).toMatchObject({ hasTag: true, image: { name: image } });
});

it.each([
  "nginx:1.161",
  "nginx:does-not-exist",
  "nginx:v1",
  "busybox:99",
  "busybox:nope",
  "alpine:1.2.3.4.5",
])("knows that there is no %s", name => {
  expect(findInCatalogue(name)).toMatchObject({ hasTag: false });
});

it.each(["redis", "mine/nginx", "nginxx", "quay.io/team/busybox:1.36", "", "nginx/"])(
  "does not know %j",
  name => {
    expect(findInCatalogue(name)).toBeUndefined();
  },
);

it("has each repository once", () => {
  const all = catalogueImages.flatMap(({ repositories }) => repositories);
  expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
});

it.each([
  ["nginx", "docker.io/library/nginx"],
  ["library/nginx:1.27", "docker.io/library/nginx"],
  ["hashicorp/http-echo", "docker.io/hashicorp/http-echo"],
  ["localhost:5000/nginx:1.25", "localhost:5000/nginx"],
  [`registry.k8s.io/pause@${digest}`, "registry.k8s.io/pause"],
])("knows where %s would come from", (name, source) => {
  expect(findInCatalogue(name)).toMatchObject({ source });
});

it("knows how large each is", () => {
  expect(catalogueImages.filter(({ size }) => size === 10_000_000)).toEqual([]);
});
