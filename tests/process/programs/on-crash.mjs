import { productionReady } from "@production-ready/express";
import express from "express";
import { crash } from "./crashes.mjs";
import { options, port, serving, tell } from "./stage.mjs";

const REPORTS = {
	waits: (error) =>
		new Promise((resolve) => setImmediate(resolve)).then(() => tell(`reported ${error.message}`)),
	hangs: () => new Promise(() => {}),
	throws: () => {
		throw new Error("the tracker is broken");
	},
	rejects: () => Promise.reject(new Error("the tracker is away")),
	crashes: () => crash("error"),
};
const app = express();
app.use(productionReady({ crash: { budgetMs: 500, onCrash: REPORTS[options.report] } }));
app.get("/crash/:how", (request, response) => {
	crash(request.params.how);
	response.send("crashing");
});
serving(app.listen(port));
