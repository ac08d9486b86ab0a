import Testing

/// Verifiers that a PostgreSQL 15.20 server made (`CREATE ROLE ... PASSWORD`, UTF-8 database), with
/// the passwords in hexadecimal UTF-8.
enum PostgresVerifiers {
    struct Vector: Sendable, CustomTestStringConvertible {
        var note: String
        var passwordHex: String
        var verifier: String
        var testDescription: String { note }

        init(_ note: String, _ passwordHex: String, _ verifier: String) {
            self.note = note
            self.passwordHex = passwordHex
            self.verifier = verifier
        }
    }

    static let all: [Vector] = [
        Vector(
            "ASCII", "736563726574",
            "SCRAM-SHA-256$4096:qEmQV+X3SU/Q3w7ZE1huTA==$"
                + "ghnQqLSBESyWt/eOW8skw7AJ6WJn2xqhQELj3El4iuI=:chiAOX6hQuRBEep/JCi/y5mYAlCkThPJ6eJTjzidyoA="
        ),
        Vector(
            "ASCII", "70656e63696c",
            "SCRAM-SHA-256$4096:FCM6mx4MBa94YrcgurhRmw==$"
                + "eOfMG6ISVVVa7UxiZHU4wURt2REesaVQ5sAwghJ1JDc=:Uzz3oZvwl6YHfJGDJLLd4/Yr8jbJVAGMsHDRZi4EUf0="
        ),
        Vector(
            "composed letters", "70c3a4737377c3b67264",
            "SCRAM-SHA-256$4096:DFVlWUeFmPI1b8JQv8+O/Q==$"
                + "ZvgmpMAmpA4ZtubW0WkMGTXZrsvKPfDXAl1xXKP3V98=:WEFRYDNVWrDsil4wIhHNooZp+5XsBQclFYSMKdRQAhQ="
        ),
        Vector(
            "decomposed letters", "7061cc887373776fcc887264",
            "SCRAM-SHA-256$4096:AGDuOcWPBWMuBrE4WYuPMQ==$"
                + "hXiDyX8RMaZOX2m+R3RgDFxjzLLwbw838NjiKHkyR2Q=:Q4AodR/r7zwFJCWmjRKOy5azwDDRJVeUbr+r7Qt6LRE="
        ),
        Vector(
            "no-break space", "61c2a062",
            "SCRAM-SHA-256$4096:0rlILQ2M9xxRconWYaLxAw==$"
                + "HwAfDpmF8hCT0yXAlM2Y94+d6E7L8Mr9+jPns0buR3Q=:FHQ0wplysDz9JxhaN4yjUtCQsiA4YZGMYETjP+QonXo="
        ),
        Vector(
            "soft hyphen, joiner", "61c2ad62e2808d63",
            "SCRAM-SHA-256$4096:ZTBpRDZyKI5zYU5Yb/tgzA==$"
                + "d34P1W+eFEfrAxJS4jR+0njdqhup09aLYHUqwDUVkIk=:/USrq4TUBp8pJu94kGaAF4+xt4whw7JPu6Hp/JXl+RA="
        ),
        Vector(
            "ligature, Roman numeral", "efac817368e285a8",
            "SCRAM-SHA-256$4096:niep5ZFDkv06/oanRNT9tQ==$"
                + "WIBdQhkDjWEyeDMAT03N3XICwNTRaAnEjVOiDRO/ApE=:P2RurXN9KQmdj/4FhaHXOMxw4YsxyFjSb22wfpQyUIA="
        ),
        Vector(
            "full width", "efbca1efbca2",
            "SCRAM-SHA-256$4096:89jmWb5F2PWQRIZAB6G0uQ==$"
                + "MTDXwEHYhRApJHNxrRNwVnTQoRRKXbVVIk7MUMVNY8A=:51i8qkvVOhyPfa/XxDYxHdVOUvuBY6wdgKQe84DXaGU="
        ),
        Vector(
            "ordinal, superscript", "c2aac2b2",
            "SCRAM-SHA-256$4096:Ned17fwC6fbvAUV8bSXk/Q==$"
                + "LsrCbAW1/cNuyOtjYcEc5EBmd5zGgi7w4blcVkJlBd0=:SZueXfTotmsImwtUdGooUW7q2F+MdQX9/Tw13VdUv04="
        ),
        Vector(
            "ASCII control", "7461620963686172",
            "SCRAM-SHA-256$4096:xCfouxlTBYoefaXDQjQaqg==$"
                + "fJ2JLytk3M18Lm/bZKm1C1nRoTmbX2fR0uvxOzVTLj0=:fjsa3MUumbU18CEfI7lvVtyqcN3VFa9KGEpX2MHBQEg="
        ),
        Vector(
            "right to left, ends in a digit", "d8a731",
            "SCRAM-SHA-256$4096:lGMtGFMwHa6s2J7pKDMDQw==$"
                + "5+H494vziawNr4SuKg6R3/0NaD2m39tego92Ge4oBk8=:d/hsoTvLe59vyqFiVsBaI0GAoACAYn9byEVQAsiCtLs="
        ),
        Vector(
            "mixed direction", "d8a762",
            "SCRAM-SHA-256$4096:YN5R7uSJU8q9J8GxkHQ8KQ==$"
                + "hi7Vw6zzuWAAlOemIJ6tg/lRQ5Obnr7Mb3WppO7a8MY=:hOxzjaiR0SZR4W7++u6r8tgQ78AIdyuIF+KHLEQgoeM="
        ),
        Vector(
            "right to left", "d8a731d8a7",
            "SCRAM-SHA-256$4096:MclZNXCNPyK56XOeiJUXzA==$"
                + "6VCIxpcYoJhqAWWVCL/WihBfH21v/yz6TJGb/rVjEhU=:6Do8laaUJRmOrAug6NeFu9YKt6bfWIB4hXt6WQ5vmeA="
        ),
        Vector(
            "Hangul syllables", "ed959ceab880",
            "SCRAM-SHA-256$4096:U/Ju1+4qFA/KkwrVeECEVQ==$"
                + "JeA/FGNOljbNBNn3377tMr7L0O3FmhzeVDBAwCxCoc0=:Spa9K8r056oeTKGrxuTFz010aD1IeLnlb/+QOg3GxOo="
        ),
        Vector(
            "Hangul letters", "e18492e185a1e186ab",
            "SCRAM-SHA-256$4096:dh6qZQAntbvHSATrCaGlMQ==$"
                + "XLU1pBGWgdwOsNet8ZhaWmTTpD1tRS93Y5wfjvWnbEk=:QGS6j59ayLN0WHZerFMGrGXTLcncDlS8iSUobAqLs3Q="
        ),
        Vector(
            "long s, dots", "e1ba9bcca3",
            "SCRAM-SHA-256$4096:0i+tQaCOznV9sQuu5pW2HQ==$"
                + "qGw9yUKJIc1cNYkMRpgaTN1mTDcRCknUPTOFNnRxJz8=:AAxn774lnAS6IeB2privVO02smYNQIKECyFq4lM/SYM="
        ),
        Vector(
            "marks out of order", "71cc87cca3",
            "SCRAM-SHA-256$4096:Sh/V/oziqDvmOB1egsuzsA==$"
                + "KySzCedFJu5Y5oMMnPtsF3/oZXZKRQWrPWJWJKY7VmQ=:kZT+m7jeWAQXTmqdBlDJpiZooeSkvr9OcLnvAYs8yPA="
        ),
        Vector(
            "composition exclusion", "e0a598",
            "SCRAM-SHA-256$4096:uOUCjtbIc2Lexgnirv/C+Q==$"
                + "+VnJ0R7WjBwCOuHPFw0d0Q3zrGdxiLUC71ZYyzqMfAA=:3pcRrcozF0Q82E5XXt1xFhT3qemeFUOZEvv/UKzq6iQ="
        ),
        Vector(
            "unassigned in Unicode 3.2", "f09f9880",
            "SCRAM-SHA-256$4096:bfqUwrdpuTLLNvptcJC1RA==$"
                + "Udh6jnPRbeIzvT/SlK0W59B+UnlYpOp/zwdztbDetHE=:dTDwDuBwYlLbz5zXR7cwF+kT9JagOk5PgblXXFNc+k4="
        ),
        Vector(
            "musical half note", "f09d859e",
            "SCRAM-SHA-256$4096:zbKBIdN+spW5vBI1v/gb5Q==$"
                + "NQnZyipFe1rJ+kXkRc/yG64KamX1gvjqlnAWLsgENuk=:yiFBsI5ipT+G6RfJsHgpU5ogdD+vgJrdjSanog+OJOE="
        ),
        Vector(
            "ideographic, zero-width space", "e3808078e2808b",
            "SCRAM-SHA-256$4096:REYQ85Fzcpl+ADEQ0u//nA==$"
                + "8QKrj8grDwbSbcowhVAR6+jxBgchOmsTaKnT9RqkCEg=:/txeZGpa7jEsP1/kQUsEKB5Tb0krn76mPR+U6qo0cmE="
        ),
        Vector(
            "nothing left", "c2ad",
            "SCRAM-SHA-256$4096:cvtHPnEBo/87JTDd4s+K2w==$"
                + "SIWxJjjAk3pbpuy40MRbfrL/wgcRqqWc1gzM6bQIAuo=:QtE+IKRPpH2AvFJfpg3/4UBVqVNEc5Bs99izTub+Zkw="
        ),
        Vector(
            "zero-width space only", "e2808b",
            "SCRAM-SHA-256$4096:uM7sUch4qpF8pvlrv6OSXQ==$"
                + "ueNyxMx1n4iya/VlXwNuHTjMl4sDSvNiEhyF4LAz9VE=:lFiIKUu7nu5/IKuReLhBiUUWHdiCZvO8fnHFi+2qPdw="
        ),
        Vector(
            "private use", "ee8080",
            "SCRAM-SHA-256$4096:KoHO09ONPtWbt8yV95Ho4A==$"
                + "5a7ZRMHSPVuJCD7rXp9U8fx769w6Z2690yEozL96xLo=:qRZAB5Xh1FVfYcjQJbyF5TnpC5+Ls4qaSaNvepDRSAM="
        ),
        Vector(
            "prohibited before normalization", "cd8061",
            "SCRAM-SHA-256$4096:2A/GwGX5Pjg/FVOmuvzI5g==$"
                + "LmV64ocX6BY8zeko07bwxN1Wh2GkIDWBE5gvDIFKFOA=:QBwVlHGX8e5BEXgh7FEqzFlcTH/6T4VfNapCxv0xR4Q="
        ),
        Vector(
            "unassigned", "c8a1",
            "SCRAM-SHA-256$4096:Qo1Gf801l2/boRGoZ5VpzQ==$"
                + "4ptdf63/YfjWEsqcpPY1sgXdCqDXNmjL/jmPzxdyvKs=:EXltc8tWuz4ZfeWayPtPN/MrBuaCBK5QccHYUoVZpV0="
        ),
        Vector(
            "long ligature", "efb7ba",
            "SCRAM-SHA-256$4096:eUGLfItY3hiQPB+TFzt2mw==$"
                + "SWcBNoukzGeKQVE0iOVWzSD18UgpBXTOvYxrUFyeayQ=:ALLJfrUbAwkzYdbgU73ZrA2vZU0Rh4IP8JFQkivFA9o="
        ),
        Vector(
            "Greek marks", "e1bf81ceaacc81",
            "SCRAM-SHA-256$4096:ZNvlVUGlnjFb97YaS72aZA==$"
                + "i5SSiv7X/d9fIsEKGZdBRgz+AnYcgs80OMBQaxogIEQ=:UAwCYvOZG/eoamIPsrabVKRpqDPmY87qx5CW/wqRlyk="
        ),
        Vector(
            "Tamil vowels", "e0af86e0aebee0af87e0aebe",
            "SCRAM-SHA-256$4096:8reAY6m0XWOQts6Bi9eW1A==$"
                + "RsRFOOMDd5KsbolcXdKVkW7NEP5E+A3yVXyeFP3ZAj0=:Qvyam8MzFfCKcwMiBM+QtuzDzqFg+2Sk8+vbHkgaUOw="
        ),
        Vector(
            "angstrom, ohm", "e284abe284a6",
            "SCRAM-SHA-256$4096:YIjMVd1714C9xWSUyGBGyw==$"
                + "74FitM4x0KiAHbujjPdGlGaTgszft8VIPJ9i+Z/UEnE=:jl/gXbXHV00URYOAZb/Q9rmYrBiEujd2lZt7BLxKzPI="
        ),
        Vector(
            "Hebrew point", "d790d6bc",
            "SCRAM-SHA-256$4096:OgkrnePSR4e3/Dh+QvOrgg==$"
                + "HYemPSVcR3KKm9C06/LNJ0jKePGY80FyDEZgwko1e88=:4i/LPWLvTmrZMostKyvzVV5+R5/RdH6o6I56sRGgo8A="
        ),
    ]
}
