import { isDeepStrictEqual } from "node:util";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";
import { show, showError } from "../classroom/show.ts";

const question = { item: "tea" };
const broken = '{ "tea": 6';

export default {
  scenarios: [
    {
      name: "It tells the new prices when the ConfigMap changes",
      task: 1,
      points: 2,
      async run(scene) {
        await scene.begin();
        await expectPrice(scene, 4, "started it");
        for (const price of [5, 6]) {
          await change(scene, `{ "tea": ${price} }`);
          await expectPrice(scene, price, `changed the price to ${price}`);
        }
        await expectNoRestart(scene);
      },
    },
    {
      name: "It goes on with the last good prices when the file is broken",
      task: 2,
      points: 2,
      async run(scene) {
        await scene.begin();
        await change(scene, '{ "tea": 5 }');
        await expectPrice(scene, 5, "changed the price to 5");
        await change(scene, broken);
        await shown(scene, broken);
        await expectPrice(scene, 5, "broke the file, in which the price was 5 before");
        await change(scene, '{ "tea": 7 }');
        await expectPrice(scene, 7, "mended the file, with the price 7");
        await expectNoRestart(scene);
      },
    },
    {
      name: "It waits for a ConfigMap that comes later",
      task: 3,
      points: 2,
      async run(scene) {
        const [configMap = "", ...rest] = scene.manifest.split("---\n");
        await scene.begin(rest.join("---\n"));
        await expectPrice(scene, null, "started it without the ConfigMap");
        await scene.cluster.apply(configMap);
        await expectPrice(scene, 4, "made the ConfigMap, with the price 4");
        await expectNoRestart(scene);
      },
    },
  ],
} satisfies Check;

async function change(scene: Scene, text: string): Promise<void> {
  await scene.cluster.patch("ConfigMap", "shop", { data: { "prices.json": text } });
}

async function expectPrice(scene: Scene, price: number | null, did: string): Promise<void> {
  await scene.until(
    () => scene.ask("prices", question),
    outcome => "reply" in outcome && isDeepStrictEqual(outcome.reply, { price }),
    { did: `${did}, and asked for the price of tea`, expected: `the reply ${show({ price })}` },
    outcome => ("reply" in outcome ? `the reply ${show(outcome.reply)}` : showError(outcome.error)),
  );
}

/** Resolves when the pod has the file with this text. */
async function shown(scene: Scene, text: string): Promise<void> {
  await scene.until(
    () => scene.ask("pod/default/prices/witness", "/etc/shop/prices.json"),
    outcome => "reply" in outcome && outcome.reply === text,
    { did: "broke the file", expected: "the pod to have it" },
  );
}

async function expectNoRestart(scene: Scene): Promise<void> {
  await scene.expectNoRestart("prices", "asked for the price of tea");
}
