mod http;
mod lines;
mod served;
