import * as z from "zod";
import {
  addToCollection,
  Collection,
  createCollection,
  deleteCollection,
  removeFromCollection,
  updateCollection,
} from "../../src/contract/library.ts";
import { invalidField } from "../../src/errors.ts";
import { Confirm, goOn, Preview, previewOf } from "../destroy-tool.ts";
import { count } from "../job-lines.ts";
import { defineTool, type ToolContext } from "../tool.ts";

const { collection_id, job_ids } = addToCollection.input.shape;
const { name, description } = updateCollection.input.shape;

/** Which fields each action takes: those it needs, and those it may have. */
const FIELDS = {
  create: { needs: ["name"], takes: ["description", "job_ids"] },
  update: { needs: ["collection_id"], takes: ["name", "description"] },
  delete: { needs: ["collection_id"], takes: ["confirm"] },
  add_jobs: { needs: ["collection_id", "job_ids"], takes: [] },
  remove_jobs: { needs: ["collection_id", "job_ids"], takes: [] },
} as const;
type Action = keyof typeof FIELDS;

const OPERATIONS = {
  create: createCollection,
  update: updateCollection,
  delete: deleteCollection,
  add_jobs: addToCollection,
  remove_jobs: removeFromCollection,
} as const;
const DONE: Record<Action, string> = {
  create: "made",
  update: "updated",
  delete: "deleted; its jobs stay",
  add_jobs: "has the jobs",
  remove_jobs: "no longer has the jobs",
};

export default defineTool({
  name: "manage_collection",
  title: "Manage a collection",
  group: "library",
  scopes: ["library:write"],
  effect: "destroy",
  description:
    "Create, update or delete a collection, or put jobs in and take them out; jobs themselves stay. create takes name " +
    "and may take job_ids; the others take collection_id; delete needs confirm.",
  input: z.object({
    action: z.enum(["create", "update", "delete", "add_jobs", "remove_jobs"]),
    collection_id: collection_id.optional(),
    name,
    description,
    job_ids: job_ids.optional(),
    confirm: Confirm,
  }),
  output: z.object({ collection: Collection, deleted: z.boolean().optional(), ...Preview }),
  asks: async ({ action, confirm, ...fields }, context) => {
    checkFields(action, fields);
    if (action !== "delete" || !confirm) return undefined;
    const { collection } = await call(action, fields, false, context);
    return goOn(`${describe(collection)} would be deleted; its jobs stay.`);
  },
  run: async ({ action, confirm = false, ...fields }, context) => {
    checkFields(action, fields);
    const { collection, deleted } = await call(action, fields, confirm, context);
    const preview = action === "delete" ? previewOf(confirm) : {};
    const done = preview.next ? `would be deleted; its jobs stay.\nNext: ${preview.next}` : DONE[action];
    return { data: { collection, deleted, ...preview }, text: `${describe(collection)} ${done}.` };
  },
});

const describe = ({ name, collection_id, job_count }: z.output<typeof Collection>) =>
  `Collection "${name}" (${collection_id}, ${count(job_count, "job")})`;

async function call(action: Action, fields: object, confirm: boolean, { client, signal }: ToolContext) {
  const dry_run = action === "delete" ? !confirm : undefined;
  const input = { ...fields, dry_run } as never;
  const { data } = await client.call<(typeof OPERATIONS)[Action]>(OPERATIONS[action], input, { signal });
  const { deleted, ...collection } = data as z.output<typeof deleteCollection.output>;
  return { collection, deleted };
}

/** Refuses what an action can't do by the field's name, before anything is sent. `confirm` is no harm anywhere. */
function checkFields(action: Action, fields: Record<string, unknown>): void {
  const { needs, takes } = FIELDS[action];
  const given = Object.keys(fields).filter((field) => fields[field] !== undefined);
  const missing = needs.find((field) => !given.includes(field));
  if (missing) throw invalidField(missing, `action ${action} needs ${missing}.`, `send ${needs.join(" and ")}`);
  const known: readonly string[] = [...needs, ...takes];
  const extra = given.find((field) => !known.includes(field));
  if (extra) throw invalidField(extra, `action ${action} takes no ${extra}.`, `it takes ${known.join(", ")}`);
}
