/**
 * The images that come along: for each the repositories that it stands for, what it runs where the pod says nothing else, and
 * the newest version that there is. Its programs are in catalogue/, by the names that they have in the real images, and in
 * programs/. Whatever the registry, `nginx:1.27`, `docker.io/library/nginx` and `nginx@sha256:…` are the same image.
 */
import type { ImageConfig } from "../worker/index.ts";

export interface CatalogueImage {
  /** As `k4s images` lists it. */
  readonly name: string;
  /** Without the registry. */
  readonly repositories: readonly string[];
  readonly config: Omit<ImageConfig, "source">;
  /** Tags with a version far above this one are taken for mistakes: `nginx:1.161`. */
  readonly newest: string;
  /** What a pull of the real one brings, compressed, in bytes: about. */
  readonly size: number;
  /** What it does, in a line. */
  readonly about: string;
}

/** How an image is named: `registry/repository:tag@digest`. */
export interface CatalogueName {
  /** With the registry, whole: `docker.io/library/nginx`. */
  readonly source: string;
  readonly repository: string;
  readonly tag: string | undefined;
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Of the newest versions, for amd64. */
const sizes: Readonly<Record<string, number>> = {
  agnhost: 53_230_000,
  alpine: 3_802_452,
  bash: 6_410_000,
  "bitnami-nginx": 72_000_000,
  busybox: 2_224_229,
  curl: 9_610_000,
  debian: 49_278_456,
  "echo-server": 2_870_000,
  "hello-app": 11_524_000,
  "hello-world": 10_072,
  "hpa-example": 176_400_000,
  "http-echo": 3_030_000,
  httpd: 45_400_000,
  "jessie-dnsutils": 112_800_000,
  "kubernetes-bootcamp": 83_800_000,
  liveness: 2_400_000,
  netshoot: 192_500_000,
  nginx: 59_772_801,
  "nginx-unprivileged": 59_800_000,
  node: 404_000_000,
  "node-hello": 244_000_000,
  pause: 320_448,
  perl: 358_000_000,
  serve_hostname: 4_200_000,
  stress: 4_010_000,
  "stress-in-go": 3_190_000,
  ubuntu: 29_724_688,
  whoami: 2_660_000,
};

const image = (
  name: string,
  newest: string,
  about: string,
  config: Partial<CatalogueImage["config"]>,
  repositories: readonly string[] = [],
): CatalogueImage => ({
  name,
  repositories: [name, `library/${name}`, `docker/library/${name}`, ...repositories],
  config: {
    entrypoint: [],
    cmd: [],
    workingDir: "/",
    name,
    system: "debian",
    ...config,
    env: { PATH: path, HOME: config.system === "none" ? "/" : "/root", ...config.env },
  },
  newest,
  about,
  size: sizes[name] ?? 10_000_000,
});

const nginx = {
  entrypoint: ["/docker-entrypoint.sh"],
  cmd: ["nginx", "-g", "daemon off;"],
  env: { NGINX_VERSION: "1.29.3" },
};
const none = { system: "none" as const };
const samples = ["google-samples", "google-samples/containers/gke"];
const of = (folders: readonly string[], name: string) => folders.map(folder => `${folder}/${name}`);

export const catalogueImages: readonly CatalogueImage[] = [
  image("nginx", "1.29", "a web server on port 80, with its welcome page", nginx, [
    "nginx/nginx",
    "oss/nginx/nginx",
    "nginx-slim",
    "google_containers/nginx-slim",
    "google-containers/nginx",
  ]),
  image(
    "nginx-unprivileged",
    "1.29",
    "the same on port 8080",
    {
      ...nginx,
      env: { ...nginx.env, NGINX_LISTEN: "8080" },
      user: "101:101",
    },
    ["nginxinc/nginx-unprivileged", "nginx/nginx-unprivileged"],
  ),
  image(
    "bitnami-nginx",
    "1.29",
    "the same under the paths of Bitnami's charts",
    {
      entrypoint: ["/opt/bitnami/scripts/nginx/entrypoint.sh"],
      cmd: ["/opt/bitnami/scripts/nginx/run.sh"],
      env: { ...nginx.env, NGINX_LISTEN: "8080" },
      user: "1001:0",
    },
    ["bitnami/nginx", "bitnamilegacy/nginx", "bitnamisecure/nginx"],
  ),
  image("httpd", "2.4", "a web server on port 80: It works!", {
    cmd: ["httpd-foreground"],
    workingDir: "/usr/local/apache2",
    env: {
      HTTPD_PREFIX: "/usr/local/apache2",
      HTTPD_VERSION: "2.4.65",
      PATH: `/usr/local/apache2/bin:${path}`,
    },
  }),
  image("busybox", "1.37", "a shell and the everyday programs", { system: "busybox", cmd: ["sh"] }, [
    "e2e-test-images/busybox",
  ]),
  image("alpine", "3.23", "a shell and the everyday programs", { system: "alpine", cmd: ["/bin/sh"] }),
  image("bash", "5.3", "a shell and the everyday programs", {
    system: "alpine",
    entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
    cmd: ["bash"],
  }),
  image("ubuntu", "26.04", "a shell and the everyday programs", { system: "ubuntu", cmd: ["/bin/bash"] }),
  image("debian", "13", "a shell and the everyday programs", { cmd: ["bash"] }),
  image("node", "26.0", "Node.js, this one", {
    entrypoint: ["/usr/local/bin/docker-entrypoint.sh"],
    cmd: ["node"],
  }),
  image(
    "curl",
    "8.20",
    "curl",
    { system: "alpine", entrypoint: ["/entrypoint.sh"], cmd: ["curl"], user: "curl_user" },
    ["curlimages/curl", "curl/curl", "alpine/curl"],
  ),
  image("netshoot", "0.15", "a shell and programs for the network", { system: "alpine", cmd: ["sh"] }, [
    "nicolaka/netshoot",
  ]),
  image("jessie-dnsutils", "1.7", "a shell and programs for the network", { cmd: ["sleep", "infinity"] }, [
    "e2e-test-images/jessie-dnsutils",
    "tutum/dnsutils",
    "giantswarm/tiny-tools",
  ]),
  image(
    "pause",
    "3.10",
    "does nothing until it is stopped",
    { ...none, entrypoint: ["/pause"], user: "65535:65535" },
    ["google_containers/pause", "google-containers/pause", "rancher/mirrored-pause"],
  ),
  image("hello-world", "0.9", "says hello and ends", { ...none, cmd: ["/hello"] }),
  image(
    "http-echo",
    "1.0",
    "answers with the text of -text, on port 5678 (-listen)",
    { ...none, entrypoint: ["/http-echo"], user: "65532:65532" },
    ["hashicorp/http-echo"],
  ),
  image(
    "echo-server",
    "1.0",
    "answers with the request, on port 8080 (PORT)",
    { ...none, entrypoint: ["/echo-server"] },
    [
      "kicbase/echo-server",
      "jmalloc/echo-server",
      "ealen/echo-server",
      "echoserver",
      "google_containers/echoserver",
      "google-containers/echoserver",
      "e2e-test-images/echoserver",
    ],
  ),
  image(
    "whoami",
    "1.11",
    "answers with the request, on port 80 (--port)",
    { ...none, entrypoint: ["/whoami"] },
    ["traefik/whoami", "containous/whoami"],
  ),
  image(
    "agnhost",
    "2.60",
    "pause, netexec, serve-hostname, liveness, test-webserver",
    { system: "alpine", entrypoint: ["/agnhost"], cmd: ["pause"] },
    ["e2e-test-images/agnhost", "k8s-staging-e2e-test-images/agnhost"],
  ),
  image(
    "liveness",
    "1.0",
    "healthy for ten seconds, on port 8080",
    { entrypoint: ["/agnhost", "liveness"] },
    ["google_containers/liveness", "google-containers/liveness"],
  ),
  image("serve_hostname", "1.4", "answers with its name, on port 9376", {
    entrypoint: ["/agnhost", "serve-hostname"],
  }),
  image(
    "hello-app",
    "2.0",
    "Hello, world! on port 8080 (PORT)",
    { ...none, entrypoint: ["/hello-app"], user: "nonroot:nonroot" },
    of(samples, "hello-app"),
  ),
  image(
    "node-hello",
    "1.0",
    "Hello Kubernetes! on port 8080",
    { entrypoint: ["/node-hello"] },
    of(samples, "node-hello"),
  ),
  image(
    "kubernetes-bootcamp",
    "2.0",
    "says where it runs, on port 8080",
    { entrypoint: ["/kubernetes-bootcamp"] },
    [...of(samples, "kubernetes-bootcamp"), "jocatalin/kubernetes-bootcamp"],
  ),
  image("perl", "5.42", "computes the digits of pi, as the Job of Kubernetes' documentation asks", {
    cmd: ["perl", "-v"],
  }),
  image(
    "stress",
    "1.0",
    "takes memory and processor time: --vm 1 --vm-bytes 150M, --cpu 1",
    { system: "alpine", cmd: ["stress", "--help"] },
    ["polinux/stress"],
  ),
  image(
    "stress-in-go",
    "1.0",
    "takes memory and processor time: -mem-total 150Mi, -cpus 2",
    { ...none, entrypoint: ["/stress"] },
    ["vish/stress"],
  ),
  image("hpa-example", "1.0", "uses the processor for each answer, on port 80", {
    entrypoint: ["/hpa-example"],
  }),
];

const digest = /@sha256:[0-9a-f]{64}$/;

/** The image that a name stands for; undefined where the catalogue has none of that repository. */
export function findInCatalogue(
  name: string,
): (CatalogueName & { readonly image: CatalogueImage; readonly hasTag: boolean }) | undefined {
  const { source, repository, tag } = catalogueName(name);
  const image = catalogueImages.find(({ repositories }) => repositories.includes(repository));
  return image && { image, source, repository, tag, hasTag: tag === undefined || isTagOf(image, tag) };
}

function catalogueName(name: string): CatalogueName {
  const parts = name.replace(digest, "").split("/");
  const [first = ""] = parts;
  // As in a container runtime: the first part is a registry where it looks like a host.
  const hasRegistry = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  const registry = hasRegistry ? (parts.shift() ?? "") : "docker.io";
  // Those that keep repositories by project: us-docker.pkg.dev/PROJECT/…, gcr.io/PROJECT/….
  const [repository = "", tag] = parts.join("/").split(":");
  const isOfficial = registry === "docker.io" && !repository.includes("/");
  return { source: `${registry}/${isOfficial ? "library/" : ""}${repository}`, repository, tag };
}

const variants =
  /^(latest|stable|mainline|edge|lts|current|alpine|slim|perl|otel|musl|glibc|uclibc|debian|linux|ubuntu|bookworm|bullseye|buster|stretch|trixie|noble|jammy|focal|bionic|rc\d*|amd64|arm64|r\d+)$/;

function isTagOf({ newest, name }: CatalogueImage, tag: string): boolean {
  const [first = "", ...others] = tag.split("-");
  const isVariant = (part: string) => variants.test(part) || /^(alpine|debian|ubuntu)?\d[\d.]*$/.test(part);
  if (!others.every(isVariant)) return false;
  if (isVariant(first) && /^[a-z]/.test(first)) return true;
  const hasLetter = /hello|bootcamp|agnhost|whoami|http-echo|netshoot|serve_hostname/.test(name);
  const numbers = (hasLetter ? first.replace(/^v/, "") : first).split(".");
  if (!numbers.every(number => /^\d{1,3}$/.test(number)) || numbers.length > 4) return false;
  const [major = 0, minor = 0] = numbers.map(Number);
  const [newestMajor = 0, newestMinor = 0] = newest.split(".").map(Number);
  return (
    major < newestMajor ||
    (major === newestMajor && minor <= newestMinor + 15) ||
    (major <= newestMajor + 3 && minor === 0)
  );
}
