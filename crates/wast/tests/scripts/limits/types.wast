;; Explainer.md, "Defined Types", and CanonicalABI.md, "Element Size": types whose values would be too large are not valid.

(assert_invalid (component (type (list u64 0x4000000))) "size")
(assert_invalid (component (type $a (list u8 0x8000000)) (type (tuple $a $a))) "size")
(assert_invalid (component (type (list u8 0))) "size")
(component (type (list u8 100)))
