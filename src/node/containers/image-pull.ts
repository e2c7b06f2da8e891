/**
 * Getting the image of a container that is to be started: from what is here already or by a pull, as its policy wants it,
 * and told in the kubelet's events.
 */
import type { PodContainer } from "../../resources/index.ts";
import type { Code } from "../../worker/index.ts";
import { ImageError } from "../images/index.ts";
import type { ContainerEvents } from "./container-events.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import { durationText } from "./restarts.ts";

/** Given to a runtime that runs no images (hollow). */
export const noCode: Code = {
  digest: "",
  filename: "",
  size: 0,
  loader: "node",
  oneFile: undefined,
  isCommonJs: true,
  script: false,
  exports: undefined,
  config: undefined,
  hooks: undefined,
};

/** Resolves to the code, or to the error after its events were told. */
export async function pullImage(
  { image = "", imagePullPolicy: policy = "IfNotPresent" }: PodContainer,
  { images, clock, unknownImages }: Pick<ContainerDependencies, "images" | "clock" | "unknownImages">,
  events: ContainerEvents,
): Promise<Code | ImageError> {
  const present = policy === "Always" ? undefined : images.present(image);
  if (present) {
    events.imageIsPresent(image);
    return present;
  }
  try {
    if (policy === "Never") {
      // An image need not be brought to a machine here: what lies in a folder is present.
      const code = await images.pull(image, true);
      events.imageIsPresent(image);
      return code;
    }
    events.pulling(image);
    const begun = clock.elapsed();
    const code = await images.pull(image);
    events.pulled(image, durationText(clock.elapsed() - begun), code.size);
    return code;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (unknownImages && error.isUnknown) {
      events.pretends(image);
      return noCode;
    }
    const failure = policy === "Never" && error.reason === "ErrImagePull" ? neverPulled(image, error) : error;
    events.pullFailed(image, failure);
    return failure;
  }
}

function neverPulled(image: string, cause: ImageError): ImageError {
  const message = `Container image "${image}" is not present with pull policy of Never`;
  return new ImageError("ErrImageNeverPull", message, { cause });
}
