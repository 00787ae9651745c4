/* test_dtype.c - conversions against all 65,536 values of each half type. */
#include "test.h"

#include "tensor/dtype.h"

TEST(halves_round_trip, "tensor/dtype/halves-round-trip") {
    for (uint32_t h = 0; h < 65536; h++) {
        const float f = sc__f16_to_f32((uint16_t)h), b = sc__bf16_to_f32((uint16_t)h);
        if (f == f)
            CHECK_INT(sc__f32_to_f16(f), h);
        else
            CHECK(isnan(sc__f16_to_f32(sc__f32_to_f16(f))));
        if (b == b)
            CHECK_INT(sc__f32_to_bf16(b), h);
        else
            CHECK(isnan(sc__bf16_to_f32(sc__f32_to_bf16(b))));
    }
    CHECK_INT(sc__f32_to_f16(65504.0f), 0x7BFF);
    CHECK_INT(sc__f32_to_f16(65520.0f), 0x7C00);
    CHECK_INT(sc__f32_to_f16(1.0f + 0x1p-11f), 0x3C00); /* ties to even */
    CHECK_INT(sc__f32_to_f16(1.0f + 0x3p-11f), 0x3C02);
    CHECK_INT(sc__f32_to_bf16(1.0f + 0x1p-8f), 0x3F80);
}

TEST(shape_overflow, "tensor/dtype/shape-overflow") {
    size_t bytes;
    const sc_shape huge = {3, {INT64_MAX / 2, 4, 4}}, negative = {1, {-1}}, fine = {2, {3, 5}};
    CHECK_STATUS(SC_SHAPE, sc__shape_bytes(&bytes, &huge, SC_F32));
    CHECK_STATUS(SC_SHAPE, sc__shape_bytes(&bytes, &negative, SC_F32));
    CHECK_OK(sc__shape_bytes(&bytes, &fine, SC_BF16));
    CHECK_INT(bytes, 30);
}
