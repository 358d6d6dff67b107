// Exports `shop` on top of an imported `stock`: carts, as a resource, which own the shelf they buy from.
#include <stdlib.h>
#include <string.h>

#include "shopping.h"

struct exports_tambo_demo_shop_cart_t {
    tambo_demo_stock_own_shelf_t shelf;
    bool has_shelf;
    shopping_string_t owner;
    exports_tambo_demo_shop_item_t *items;
    size_t count;
};

exports_tambo_demo_shop_own_cart_t exports_tambo_demo_shop_constructor_cart(exports_tambo_demo_shop_own_shelf_t shelf,
                                                                            shopping_string_t *owner) {
    exports_tambo_demo_shop_cart_t *cart = calloc(1, sizeof *cart);
    if (cart == NULL)
        abort();
    cart->shelf = shelf;
    cart->has_shelf = true;
    cart->owner = *owner;
    return exports_tambo_demo_shop_cart_new(cart);
}

static void append(shopping_string_t *text, const uint8_t *bytes, size_t len) {
    uint8_t *grown = realloc(text->ptr, text->len + len + 1);
    if (grown == NULL)
        abort();
    memcpy(grown + text->len, bytes, len);
    text->ptr = grown;
    text->len += len;
}

static void append_text(shopping_string_t *text, const char *more) {
    append(text, (const uint8_t *)more, strlen(more));
}

static void append_number(shopping_string_t *text, size_t number) {
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = '0' + number % 10;
        number /= 10;
    } while (number != 0);
    append(text, digits + at, sizeof digits - at);
}

bool exports_tambo_demo_shop_method_cart_add(exports_tambo_demo_shop_borrow_cart_t self, shopping_string_t *name,
                                             exports_tambo_demo_shop_item_t *ret, shopping_string_t *err) {
    tambo_demo_stock_item_t taken;
    shopping_string_t asked = {0};
    append(&asked, name->ptr, name->len);
    if (!tambo_demo_stock_method_shelf_take(tambo_demo_stock_borrow_shelf(self->shelf), name, &taken)) {
        *err = (shopping_string_t){0};
        append_text(err, "no ");
        append(err, asked.ptr, asked.len);
        append_text(err, " for ");
        append(err, self->owner.ptr, self->owner.len);
        shopping_string_free(&asked);
        return false;
    }
    shopping_string_free(&asked);
    self->items = realloc(self->items, (self->count + 1) * sizeof *self->items);
    if (self->items == NULL)
        abort();
    self->items[self->count++] = taken;
    // The caller frees what is returned, so it gets a copy of its own.
    *ret = (exports_tambo_demo_shop_item_t){.quantity = taken.quantity, .price = taken.price};
    append(&ret->name, taken.name.ptr, taken.name.len);
    return true;
}

double exports_tambo_demo_shop_method_cart_total(exports_tambo_demo_shop_borrow_cart_t self) {
    double total = 0;
    for (size_t at = 0; at < self->count; at++)
        total += self->items[at].price * self->items[at].quantity;
    return total;
}

void exports_tambo_demo_shop_static_cart_checkout(exports_tambo_demo_shop_own_cart_t handle,
                                                  exports_tambo_demo_shop_tuple2_own_shelf_list_item_t *ret) {
    exports_tambo_demo_shop_cart_t *cart = exports_tambo_demo_shop_cart_rep(handle);
    ret->f0 = cart->shelf;
    ret->f1.ptr = cart->items;
    ret->f1.len = cart->count;
    cart->has_shelf = false;
    cart->items = NULL;
    cart->count = 0;
    exports_tambo_demo_shop_cart_drop_own(handle);
}

void exports_tambo_demo_shop_cart_destructor(exports_tambo_demo_shop_cart_t *cart) {
    if (cart->has_shelf)
        tambo_demo_stock_shelf_drop_own(cart->shelf);
    for (size_t at = 0; at < cart->count; at++)
        exports_tambo_demo_shop_item_free(&cart->items[at]);
    free(cart->items);
    shopping_string_free(&cart->owner);
    free(cart);
}

void exports_tambo_demo_shop_describe(exports_tambo_demo_shop_borrow_shelf_t shelf, shopping_string_t *ret) {
    tambo_demo_stock_list_item_t items;
    *ret = (shopping_string_t){0};
    tambo_demo_stock_method_shelf_label(shelf, ret);
    tambo_demo_stock_method_shelf_items(shelf, TAMBO_DEMO_STOCK_ORDER_BY_NAME, 0, &items);
    append_text(ret, ":");
    for (size_t at = 0; at < items.len; at++) {
        append_text(ret, " ");
        append_number(ret, items.ptr[at].quantity);
        append_text(ret, " ");
        append(ret, items.ptr[at].name.ptr, items.ptr[at].name.len);
        for (size_t tag = 0; tag < items.ptr[at].tags.len; tag++) {
            append_text(ret, " #");
            append(ret, items.ptr[at].tags.ptr[tag].ptr, items.ptr[at].tags.ptr[tag].len);
        }
    }
    tambo_demo_stock_list_item_free(&items);
    tambo_demo_stock_shelf_drop_borrow(shelf);
}
