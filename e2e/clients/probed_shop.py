"""An application that knows nothing of probes: they are put into it while it runs."""

from flask import Flask

app = Flask(__name__)


class Cart:
    def __init__(self, customer):
        self.customer = customer
        self.items = [{"dish": "kimbap", "price": 4500}, {"dish": "tea", "price": 1500}]

    def total(self, discount):
        customer = self.customer
        subtotal = sum(item["price"] for item in self.items)
        password = "hunter2"
        card_no = "4111111111111111"
        vat = subtotal // 10
        return subtotal + vat - discount + 0 * len(password + card_no)  # the probed line


@app.get("/orders/<int:number>")
def order(number):
    cart = Cart({"id": number, "name": "손님", "api_key": "k-123456"})
    return {"total": cart.total(discount=100)}
