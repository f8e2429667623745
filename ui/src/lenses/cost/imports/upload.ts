/** Sends a bill from this computer; unlike `fetch`, it tells how much has been sent. */
import { apiErrorFrom, ConnectionError } from "@/api/errors";
import { queryClient, sessionQuery } from "@/api/queries";
import type { ImportJob } from "../cost-types";

export interface Upload {
  file: File;
  source: string;
  currency: string;
}

export interface Sending {
  job: Promise<ImportJob>;
  cancel: () => void;
}

/** What `job` is rejected with after `cancel`. */
export class UploadCancelled extends Error {
  override readonly name = "UploadCancelled";
}

export function uploadPath({ file, source, currency }: Upload): string {
  const parameters = new URLSearchParams({ source, file_name: file.name });
  if (currency !== "") {
    parameters.set("currency", currency);
  }
  return `/api/v1/cost/uploads?${parameters}`;
}

export function sendBill(upload: Upload, onProgress: (sentBytes: number) => void): Sending {
  const request = new XMLHttpRequest();
  const job = new Promise<ImportJob>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onabort = () => reject(new UploadCancelled("the upload was cancelled"));
    request.onerror = () => reject(new ConnectionError("the server does not answer"));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve(body as ImportJob);
      } else {
        const { status, statusText } = request;
        reject(apiErrorFrom(new Response(null, { status, statusText }), body));
      }
    };
  });
  request.open("POST", uploadPath(upload));
  request.setRequestHeader("content-type", "application/octet-stream");
  const token = queryClient.getQueryData(sessionQuery.queryKey)?.csrf_token;
  if (token) {
    request.setRequestHeader("hannun-csrf", token);
  }
  request.send(upload.file);
  return { job, cancel: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
