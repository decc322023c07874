import { onShutdown, shutdown } from "@production-ready/core/lifecycle";
import { productionReady } from "@production-ready/express";
import express from "express";
import { tell } from "./speech.mjs";
import { options } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
onShutdown("pool", () => tell("closes pool"));
app.listen(0, async () => {
	tell(`would have exited with ${await shutdown("the end of a test")}`);
	tell("and goes on");
});
