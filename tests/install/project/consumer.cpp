// The public headers are C++ too: declarations, initialisers and linkage.
#include <kzg/kzg.h>

#include <iostream>
#include <memory>

int main() {
    kzg_options options;
    kzg_options_init(&options);
    options.precompute = KZG_PRECOMPUTE_MIN;
    kzg_ctx *made = nullptr;
    if (kzg_new(&made, &options).code != KZG_OK) return 1;
    std::unique_ptr<kzg_ctx, kzg_ctx *(*)(kzg_ctx *)> ctx(made, kzg_free);

    auto blob = std::make_unique<kzg_blob>();
    blob->bytes[0] = 0xff;
    kzg_bytes48 commitment;
    const kzg_status status = kzg_blob_to_kzg_commitment(ctx.get(), &commitment, blob.get());
    std::cout << kzg_code_name(static_cast<kzg_code>(status.code)) << '\n';
    return status.code == KZG_ERR_FIELD_ELEMENT_NOT_CANONICAL && status.element == 0 ? 0 : 1;
}
