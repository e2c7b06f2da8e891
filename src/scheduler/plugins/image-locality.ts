/**
 * ImageLocality: prefers nodes that have the pod's images already, by how large those are. An image that is on many nodes counts
 * for more than one that is on a single node: else all pods of an image would go there.
 */
import type { Node, Pod } from "../../resources/index.ts";
import { maxScore, type Plugin } from "../framework.ts";

const mebibyte = 1024 * 1024;
/** Less than this is not worth a preference; more, for each container, makes it no stronger. */
const minSize = 23 * mebibyte;
const maxSizePerContainer = 1_000 * mebibyte;

export function imageLocality(): Plugin {
  return {
    name: "ImageLocality",
    preScore(pod, _, { snapshot }) {
      if (!snapshot.hasAny("withImages")) return undefined;
      const images = imagesOf(pod);
      const nodes = snapshot.nodeInfos.map(({ node }) => node);
      const counted = images.map(image => {
        const having = nodes.filter(node => sizeOn(node, image) > 0).length;
        return { image, spread: having / nodes.length };
      });
      const maxSize = maxSizePerContainer * Math.max(1, images.length);
      return {
        score: ({ node }) => {
          let size = 0;
          for (const { image, spread } of counted) size += Math.trunc(sizeOn(node, image) * spread);
          const within = Math.min(maxSize, Math.max(minSize, size));
          return Math.trunc((maxScore * (within - minSize)) / (maxSize - minSize));
        },
      };
    },
  };
}

function imagesOf({ spec }: Pod): string[] {
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ image }) =>
    image ? [withTag(image)] : [],
  );
}

function sizeOn({ status }: Node, image: string): number {
  for (const { names = [], sizeBytes = 0 } of status?.images ?? [])
    if (names.some(name => withTag(name) === image)) return sizeBytes;
  return 0;
}

/** An image without a tag means `latest`. */
function withTag(image: string): string {
  return image.lastIndexOf(":") <= image.lastIndexOf("/") ? `${image}:latest` : image;
}
