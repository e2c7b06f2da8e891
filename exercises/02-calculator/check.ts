import type { Check } from "../classroom/check.ts";

export default {
  scenarios: [
    {
      name: "It adds, multiplies and averages",
      task: 1,
      points: 3,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("exact", { op: "add", numbers: [1, 2, 3.5] }, 6.5);
        await scene.expectReply("exact", { op: "multiply", numbers: [2, 3, 7] }, 42);
        await scene.expectReply("exact", { op: "average", numbers: [1, 2, 6] }, 3);
      },
    },
    {
      name: "It rounds to the precision of its parameters",
      task: 2,
      points: 1,
      async run(scene) {
        await scene.begin();
        await scene.expectReply("rounded", { op: "average", numbers: [1, 1, 0] }, 0.67);
        await scene.expectReply("rounded", { op: "add", numbers: [1.005, 2] }, 3);
      },
    },
    {
      name: "It does not round where no precision is given, and takes 0 for a precision",
      task: 2,
      points: 1,
      async run(scene) {
        const whole =
          "kind: Container\nmetadata: { name: whole }\nspec: { module: 02-calculator, function: calculator, parameters: { precision: 0 } }";
        await scene.begin(`${scene.manifest}\n---\n${whole}`);
        await scene.expectReply("exact", { op: "average", numbers: [1, 0, 0, 0, 0, 0, 0, 0] }, 0.125);
        await scene.expectReply("whole", { op: "average", numbers: [1, 2, 2] }, 2);
      },
    },
  ],
} satisfies Check;
