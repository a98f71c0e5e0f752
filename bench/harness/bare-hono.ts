import { serve } from "@hono/node-server";
import { Hono } from "hono";

// The least that a server of this kind does: one route that answers the JSON given on the command line. Says its port.
const answer = JSON.parse(process.argv[2]!);
const app = new Hono();
app.get("/", (c) => c.json(answer));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => console.log(`http://127.0.0.1:${port}`));
