mod lines;
mod served;
