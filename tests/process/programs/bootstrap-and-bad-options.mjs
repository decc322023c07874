import "@production-ready/core/bootstrap";
import { productionReady } from "@production-ready/express";
import express from "express";
import { options } from "./stage.mjs";

express().use(productionReady(options));
